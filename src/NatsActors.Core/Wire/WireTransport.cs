using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NatsActors.Wire;

/// <summary>
/// The socket of one link and, after <see cref="SecureAsync"/>, its TLS stream. One send and one receive may run at a time.
/// <see cref="Abort"/> makes both end at once, from any thread, any number of times.
/// </summary>
internal sealed class WireTransport : IDisposable
{
    private readonly Socket _socket;
    private readonly List<ArraySegment<byte>> _gathered = new(3);
    private SslStream? _tls;

    private WireTransport(Socket socket)
    {
        _socket = socket;
    }

    public bool IsSecure => _tls is not null;

    /// <summary>
    /// Connects to the first of the addresses that answers; every address gets its share of the time that is left.
    /// </summary>
    public static async Task<WireTransport> ConnectAsync(
        IPAddress[] addresses, int port, TimeSpan timeout, TimeProvider time, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        Exception? last = null;
        for (var i = 0; i < addresses.Length; i++)
        {
            var left = timeout - time.GetElapsedTime(started);
            var share = left > TimeSpan.Zero ? left / (addresses.Length - i) : TimeSpan.Zero;
            using var limit = new CancellationTokenSource(share, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
            Socket? socket = null;
            try
            {
                socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), either.Token).ConfigureAwait(false);
                return new WireTransport(socket);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                socket?.Dispose();
                cancel.ThrowIfCancellationRequested();
                last = error;
            }
        }

        throw last switch
        {
            SocketException error => error,
            null => new LinkFailure(LinkLossKind.Unreachable, "the host has no address"),
            _ => new LinkFailure(LinkLossKind.Unreachable, "no address answered in time"),
        };
    }

    /// <summary>Shakes hands; everything goes through TLS from here on.</summary>
    public async Task SecureAsync(SslClientAuthenticationOptions options, CancellationToken cancel)
    {
        var stream = new SslStream(new NetworkStream(_socket, ownsSocket: false));
        _tls = stream;
        await stream.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel) =>
        _tls is null ? _socket.ReceiveAsync(space, cancel) : _tls.ReadAsync(space, cancel);

    /// <summary>
    /// Sends the parts in order: with one system call on a plain socket; through TLS with one write each, since a record is
    /// encrypted on its own anyway.
    /// </summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail)
    {
        var parts = (head.IsEmpty ? 0 : 1) + (body.IsEmpty ? 0 : 1) + (tail.IsEmpty ? 0 : 1);
        if (parts == 1)
        {
            return SendAsync(!head.IsEmpty ? head : !body.IsEmpty ? body : tail);
        }

        return _tls is null && Gather(head) && Gather(body) && Gather(tail)
            ? SendGatheredAsync(head.Length + body.Length + tail.Length)
            : SendSeparatelyAsync(head, body, tail);
    }

    /// <summary>Ends both directions at once; no close_notify, which could block behind a stuck peer.</summary>
    public void Abort() => _socket.Dispose();

    /// <summary>Frees the TLS state as well; only when neither direction is in use.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _tls?.Dispose();
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(bytes).ConfigureAwait(false);
            return;
        }

        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes).ConfigureAwait(false)..];
        }
    }

    private async ValueTask SendSeparatelyAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail)
    {
        _gathered.Clear();
        await SendAsync(head).ConfigureAwait(false);
        await SendAsync(body).ConfigureAwait(false);
        await SendAsync(tail).ConfigureAwait(false);
    }

    private bool Gather(ReadOnlyMemory<byte> part)
    {
        if (part.IsEmpty)
        {
            return true;
        }

        var backed = MemoryMarshal.TryGetArray(part, out var segment);
        _gathered.Add(segment);
        return backed;
    }

    private async ValueTask SendGatheredAsync(int length)
    {
        try
        {
            // A stream socket sends all of it or fails; were it less, the rest could not be told apart, so the link ends.
            if (await _socket.SendAsync(_gathered).ConfigureAwait(false) != length)
            {
                throw new IOException("the socket took a part of the bytes");
            }
        }
        finally
        {
            _gathered.Clear();
        }
    }
}
