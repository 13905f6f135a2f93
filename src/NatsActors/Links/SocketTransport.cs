using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NatsActors.Links;

/// <summary>A TCP socket and, after <see cref="SecureAsync"/>, its TLS stream.</summary>
/// <param name="socket">The connected socket.</param>
/// <param name="owner">The user's connection that owns the socket, disposed with the transport; null for none.</param>
internal sealed class SocketTransport(Socket socket, IAsyncDisposable? owner = null) : LinkTransport
{
    private readonly List<ArraySegment<byte>> _gathered = new(3);
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
    /// Sends the parts in order: on a plain socket with one system call, through TLS with one write each, because each TLS record is
    /// encrypted on its own.
    /// </summary>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail)
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
            // A stream socket sends everything or fails. After a shorter send the position in the stream is unknown, so the link ends.
            if (await socket.SendAsync(_gathered).ConfigureAwait(false) != length)
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
