using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NATS.Client.Core;

namespace NatsActors.NatsNet;

/// <summary>A connection whose bytes pass the guard before the client sees them.</summary>
internal class GuardedSocket(INatsSocketConnection inner, ServerGuard guard) : INatsSocketConnection
{
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer) => inner.SendAsync(buffer);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        var count = await inner.ReceiveAsync(buffer).ConfigureAwait(false);
        guard.Check(buffer.Span[..count]);
        return count;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

/// <summary>
/// The same for one that the client may still put TLS on. From then on the client reads the socket by itself, and what comes out
/// of TLS passes no guard.
/// </summary>
internal sealed class GuardedTcpSocket(INatsTlsUpgradeableSocketConnection inner, ServerGuard guard)
    : GuardedSocket(inner, guard), INatsTlsUpgradeableSocketConnection
{
    public Socket Socket => inner.Socket;
}
