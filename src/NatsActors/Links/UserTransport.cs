using NATS.Client.Core;

namespace NatsActors.Links;

/// <summary>
/// The connection of a user's own socket factory. Such a connection may not end a stuck call when it is disposed. It therefore gets
/// copies and never the publisher's memory, and <see cref="Abort"/> does not wait for it.
/// </summary>
internal sealed class UserTransport(INatsSocketConnection inner) : LinkTransport
{
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _received = [];
    private byte[] _sent = [];
    private int _over;

    /// <summary>True, because the link cannot start TLS on a connection without a socket. The factory decides about TLS.</summary>
    public override bool IsSecure => true;

    public override async ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel)
    {
        _received = Room(_received, space.Length);
        var receiving = inner.ReceiveAsync(_received.AsMemory(0, space.Length));
        var count = receiving.IsCompletedSuccessfully
            ? receiving.Result
            : await UnlessAbortedAsync(receiving.AsTask(), cancel).ConfigureAwait(false);
        _received.AsSpan(0, count).CopyTo(space.Span);
        return count;
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail)
    {
        var length = head.Length + body.Length + tail.Length;
        _sent = Room(_sent, length);
        head.CopyTo(_sent);
        body.CopyTo(_sent.AsMemory(head.Length));
        tail.CopyTo(_sent.AsMemory(head.Length + body.Length));
        for (var rest = _sent.AsMemory(0, length); !rest.IsEmpty;)
        {
            var sending = inner.SendAsync(rest);
            rest = rest[(sending.IsCompletedSuccessfully
                ? sending.Result
                : await UnlessAbortedAsync(sending.AsTask(), CancellationToken.None).ConfigureAwait(false))..];
        }
    }

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _over, 1) == 0)
        {
            _aborted.TrySetResult();
            _ = Task.Run(() => EndAsync(inner));
        }
    }

    public override void Dispose() => Abort();

    /// <summary>Disposes a user's object and never throws, because the link has ended already.</summary>
    public static async Task EndAsync(IAsyncDisposable connection)
    {
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The link has ended already.
        }
    }

    private static byte[] Room(byte[] buffer, int length) => buffer.Length >= length ? buffer : new byte[length];

    private async Task<int> UnlessAbortedAsync(Task<int> call, CancellationToken cancel)
    {
        if (await Task.WhenAny(call, _aborted.Task).WaitAsync(cancel).ConfigureAwait(false) == call)
        {
            return await call.ConfigureAwait(false);
        }

        _ = call.ContinueWith(
            static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        throw new IOException("the link has ended the connection");
    }
}
