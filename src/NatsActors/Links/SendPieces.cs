namespace NatsActors.Links;

/// <summary>
/// The size of the pieces in which a batch is sent: each piece that has gone out shows progress. A connection that takes a piece
/// quickly gets the next one twice as large, up to <see cref="Largest"/>, because each piece costs a system call and a wait; a
/// connection that takes long for one gets the first size again, so that progress shows long before the confirm-timeout.
/// </summary>
internal sealed class SendPieces(TimeProvider time, int first)
{
    /// <summary>
    /// Half of the largest batch, so that a large batch always has a piece that shows progress. With 64 KiB a drain of 1 KiB messages
    /// made 0.7 of a raw blast, with 512 KiB 0.85.
    /// </summary>
    private const int Largest = 256 * 1024;

    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(50);

    private readonly int _first = first;
    private int _size = first;
    private long _begun;

    /// <summary>Bytes of the next piece.</summary>
    public int Size => _size;

    /// <summary>A piece of this size is about to be sent.</summary>
    public int Begin()
    {
        _begun = time.GetTimestamp();
        return _size;
    }

    /// <summary>A piece is sent. One smaller than the first size proves nothing when it went quickly.</summary>
    public void Sent(int size) => _size =
        time.GetElapsedTime(_begun) >= Quick ? _first
        : size < _first ? _size
        : Math.Max(_first, (int)Math.Min(Largest, _size * 2L));
}
