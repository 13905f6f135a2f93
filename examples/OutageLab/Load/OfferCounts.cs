namespace OutageLab.Load;

/// <summary>What became of the messages that a load offered. The load writes, the sampler reads.</summary>
internal sealed class OfferCounts
{
    private long _accepted;
    private long _refused;

    /// <summary>Messages that were taken.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Messages that were refused, or that ended with an error.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public void Add(int accepted, int refused)
    {
        Interlocked.Add(ref _accepted, accepted);
        Interlocked.Add(ref _refused, refused);
    }
}
