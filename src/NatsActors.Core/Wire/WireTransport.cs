using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NatsActors.Wire;

/// <summary>
/// The socket of one link and, after <see cref="SecureAsync"/>, its TLS stream. One send and one receive may run at a time.
/// <see cref="Abort"/> makes both end at once, from any thread, any number of times.
/// </summary>
internal sealed class WireTransport(Socket socket) : IDisposable
{
    private readonly List<ArraySegment<byte>> _gathered = new(3);
    private SslStream? _tls;

    public bool IsSecure => _tls is not null;

    /// <summary>Shakes hands; everything goes through TLS from here on.</summary>
    public async Task SecureAsync(SslClientAuthenticationOptions options, CancellationToken cancel)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        _tls = stream;
        await stream.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel) =>
        _tls is null ? socket.ReceiveAsync(space, cancel) : _tls.ReadAsync(space, cancel);

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
    public void Abort() => socket.Dispose();

    /// <summary>Frees the TLS state as well; only when neither direction is in use.</summary>
    public void Dispose()
    {
        socket.Dispose();
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
            // A stream socket sends all of it or fails; were it less, the rest could not be told apart, so the link ends.
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
