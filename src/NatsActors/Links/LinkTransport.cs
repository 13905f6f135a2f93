namespace NatsActors.Links;

/// <summary>
/// Carries the bytes of one link. One send and one receive may run at a time. <see cref="Abort"/> ends both at once, from any
/// thread, any number of times. A call that has ended touches its memory no more.
/// </summary>
internal abstract class LinkTransport : IDisposable
{
    /// <summary>True when the link has no TLS left to do.</summary>
    public abstract bool IsSecure { get; }

    /// <summary>Receives at least one byte. 0 means that the connection has ended.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel);

    /// <summary>Sends the parts in order.</summary>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail);

    /// <summary>Ends both directions at once. There is no closing handshake, which could block on a stuck peer.</summary>
    public abstract void Abort();

    /// <summary>Frees everything. Call only when neither direction is in use.</summary>
    public abstract void Dispose();
}
