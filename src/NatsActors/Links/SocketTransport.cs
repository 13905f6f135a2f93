using System.Net.Security;
using System.Net.Sockets;

namespace NatsActors.Links;

/// <summary>A TCP socket and, after <see cref="SecureAsync"/>, its TLS stream.</summary>
/// <param name="socket">The connected socket.</param>
/// <param name="owner">The user's connection that owns the socket, disposed with the transport; null for none.</param>
internal sealed class SocketTransport(Socket socket, IAsyncDisposable? owner = null) : LinkTransport
{
    private const int JoinedBytes = 64 * 1024;

    private byte[]? _joined;
    private SslStream? _tls;

    public override bool IsSecure => _tls is not null;

    /// <summary>Does the TLS handshake. All further bytes go through TLS.</summary>
    public async Task SecureAsync(SslClientAuthenticationOptions options, CancellationToken cancel)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        _tls = stream;
        await stream.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel) =>
        _tls is null ? socket.ReceiveAsync(space, cancel) : _tls.ReadAsync(space, cancel);

    /// <summary>
    /// Sends the parts in order. What is small enough is copied together, so that a batch and its fence are one system call and one
    /// TLS record; a large body goes out as it lies, but for its end, which takes the tail along.
    /// </summary>
    public override async ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail)
    {
        if (head.Length + body.Length + tail.Length > JoinedBytes)
        {
            await SendAsync(head).ConfigureAwait(false);
            head = default;
            var first = tail.IsEmpty ? body.Length : Math.Max(0, body.Length - (JoinedBytes / 2));
            await SendAsync(body[..first]).ConfigureAwait(false);
            body = body[first..];
        }

        await SendAsync(Join(head, body, tail)).ConfigureAwait(false);
    }

    public override void Abort() => socket.Dispose();

    public override void Dispose()
    {
        socket.Dispose();
        _tls?.Dispose();
        if (owner is not null)
        {
            _ = Task.Run(() => UserTransport.EndAsync(owner));
        }
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
            bytes = bytes[await socket.SendAsync(bytes).ConfigureAwait(false)..];
        }
    }

    private ReadOnlyMemory<byte> Join(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail)
    {
        if (head.IsEmpty && tail.IsEmpty)
        {
            return body;
        }

        _joined ??= new byte[JoinedBytes];
        head.CopyTo(_joined);
        body.CopyTo(_joined.AsMemory(head.Length));
        tail.CopyTo(_joined.AsMemory(head.Length + body.Length));
        return _joined.AsMemory(0, head.Length + body.Length + tail.Length);
    }
}
