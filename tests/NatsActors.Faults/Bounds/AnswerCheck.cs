namespace NatsActors.Faults;

/// <summary>
/// Whether every message was answered once, without remembering each: counts, sums of numbers and sums of their hashes must be
/// the same on both sides. A message answered twice in place of another would have to hit all three.
/// </summary>
public sealed class AnswerCheck
{
    private readonly Lock _lock = new();
    private Side _offered;
    private Side _answered;

    public long Offered
    {
        get
        {
            lock (_lock)
            {
                return _offered.Count;
            }
        }
    }

    public long Answered
    {
        get
        {
            lock (_lock)
            {
                return _answered.Count;
            }
        }
    }

    public long Accepted { get; private set; }

    /// <summary>The most messages that were without an answer at one time.</summary>
    public long PeakUnanswered { get; private set; }

    public bool Complete
    {
        get
        {
            lock (_lock)
            {
                return _offered == _answered;
            }
        }
    }

    public void Offer(long number)
    {
        lock (_lock)
        {
            _offered = _offered.With(number);
            PeakUnanswered = Math.Max(PeakUnanswered, _offered.Count - _answered.Count);
        }
    }

    public void Answer(long number, bool accepted)
    {
        lock (_lock)
        {
            _answered = _answered.With(number);
            Accepted += accepted ? 1 : 0;
        }
    }

    private readonly record struct Side(long Count, long Sum, ulong Hash)
    {
        public Side With(long number) => new(Count + 1, Sum + number, Hash + ((ulong)number * 0x9E3779B97F4A7C15UL ^ (ulong)number >> 7) * 0xBF58476D1CE4E5B9UL);
    }
}
