namespace NatsActors.Buffer;

/// <summary>
/// How much one call may do while its caller holds the lock that the senders wait for: tens of microseconds.
/// </summary>
/// <param name="Frames">Frames that are looked at, ended or moved.</param>
/// <param name="Bytes">Frame bytes that are moved. One frame more may pass the limit, by at most a large segment.</param>
internal readonly record struct SliceLimits(int Frames, int Bytes)
{
    /// <summary>What a visit to a segment costs, in frames: about one cache miss against a sequential read of entries.</summary>
    public const int FramesOfASegment = 16;

    /// <summary>Bytes of an entry that count as one frame where a sweep reads all frames of an atomic batch.</summary>
    public const int BytesOfAFrame = 256;

    public static SliceLimits Default { get; } = new(2_048, 256 * 1024);
}
