namespace NatsActors.Pipe;

/// <summary>What became of the lines at the publisher's door; at the end <c>Read = Accepted + Refused</c>.</summary>
internal sealed class LineCounts
{
    private long _read;
    private long _accepted;
    private long _refused;

    /// <summary>Lines taken from the input.</summary>
    public long Read => Volatile.Read(ref _read);

    /// <summary>Lines that the publisher took.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Lines that the publisher did not take: full buffer (overflow reject), larger than a limit, or the end came first.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Lines at the beginning of the input that a process before has settled (<see cref="Checkpoint"/>).</summary>
    public long Skipped { get; private set; }

    public void CountRead() => Interlocked.Increment(ref _read);

    public void CountAccepted(long lines) => Interlocked.Add(ref _accepted, lines);

    public void CountRefused(long lines) => Interlocked.Add(ref _refused, lines);

    public void CountSkipped() => Skipped++;

    /// <summary>Lines that were read and that the next process reads again.</summary>
    public void TakeBack(long lines) => Interlocked.Add(ref _read, -lines);
}
