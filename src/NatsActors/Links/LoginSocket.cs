using System.Threading.Channels;
using NATS.Client.Core;

namespace NatsActors.Links;

/// <summary>
/// The client's view of a link. The client receives the server's INFO, then the PONG for its CONNECT and PING, then nothing until it
/// is disposed. The client's bytes up to the PING go to <paramref name="send"/> as one piece; later bytes are dropped. The view has no
/// socket, so the client never starts TLS on it, and it does not own the link's transport.
/// </summary>
internal sealed class LoginSocket(Func<ReadOnlyMemory<byte>, ValueTask> send, Action<ReadOnlyMemory<byte>>? late)
    : INatsSocketConnection, INatsSocketConnectionFactory
{
    // Larger than a CONNECT with the largest JWT.
    private const int Longest = 1024 * 1024;

    private readonly Channel<ReadOnlyMemory<byte>> _shown = Channel.CreateUnbounded<ReadOnlyMemory<byte>>();
    private readonly MemoryStream _login = new();
    private ReadOnlyMemory<byte> _rest;
    private volatile bool _sent;

    /// <summary>True when the client's CONNECT and PING are being sent or were sent. A PONG before that is not an answer.</summary>
    public bool HasAsked => _sent;

    /// <summary>Lets the client receive whole operations.</summary>
    public void Show(ReadOnlyMemory<byte> operations) => _shown.Writer.TryWrite(operations);

    public ValueTask<INatsSocketConnection> ConnectAsync(Uri uri, NatsOpts opts, CancellationToken cancellationToken) => new(this);

    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer)
    {
        if (_sent)
        {
            late?.Invoke(buffer);
            return buffer.Length;
        }

        if (_login.Length + buffer.Length > Longest)
        {
            throw new IOException("the client's CONNECT is too long");
        }

        _login.Write(buffer.Span);
        var login = _login.GetBuffer().AsMemory(0, (int)_login.Length);
        if (login.Span.EndsWith("\r\nPING\r\n"u8))
        {
            _sent = true;
            await send(login).ConfigureAwait(false);
        }

        return buffer.Length;
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        while (_rest.IsEmpty)
        {
            if (!await _shown.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                return 0;
            }

            _shown.Reader.TryRead(out _rest);
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public ValueTask DisposeAsync()
    {
        _shown.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
