namespace NatsActors.Pipe;

/// <summary>What became of the lines before the publisher owned them; <c>Read = accepted + Refused</c>.</summary>
internal sealed class LineCounts
{
    private long _read;
    private long _refused;

    /// <summary>Lines taken from the input.</summary>
    public long Read => Volatile.Read(ref _read);

    /// <summary>Lines that the publisher did not take: full buffer (overflow reject), larger than a limit, or the end came first.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public void CountRead() => Volatile.Write(ref _read, _read + 1);

    public void CountRefused() => Volatile.Write(ref _refused, _refused + 1);
}
