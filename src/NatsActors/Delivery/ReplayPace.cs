namespace NatsActors.Delivery;

/// <summary>
/// Limits the rate at which a backlog is sent after a link has come up (<c>delivery.replay-rate</c>), so that a fleet does not
/// flood a server that has just come back. Messages that are accepted meanwhile wait behind the backlog, and the pace ends with the
/// backlog. The pace is a token bucket that holds the messages of at most <see cref="Burst"/> seconds.
/// </summary>
internal sealed class ReplayPace(int messagesPerSecond)
{
    /// <summary>The messages of a tenth of a second may leave at once. A smaller burst would need finer timers than the system has.</summary>
    private const double Burst = 0.1;

    private long _through;
    private double _tokens;
    private long _filledAt;

    /// <summary>A link is up, and everything before <paramref name="nextSequence"/> is backlog.</summary>
    public void Begin(long nextSequence, long now)
    {
        _through = nextSequence - 1;
        _tokens = Math.Max(1, messagesPerSecond * Burst);
        _filledAt = now;
    }

    /// <summary>Messages that may be taken now; <paramref name="nextToTake"/> is the first of them.</summary>
    public long Allowance(long nextToTake, long now)
    {
        if (messagesPerSecond == 0 || nextToTake > _through)
        {
            return long.MaxValue;
        }

        var most = Math.Max(1, messagesPerSecond * Burst);
        _tokens = Math.Min(most, _tokens + ((now - _filledAt) / 1000d * messagesPerSecond));
        _filledAt = now;
        return (long)_tokens;
    }

    /// <summary>Messages were taken.</summary>
    public void Took(long messages) => _tokens -= messages;

    /// <summary>The time until messages may be taken again.</summary>
    public TimeSpan Wait() => TimeSpan.FromSeconds(Math.Max(0.001, (Math.Max(1, messagesPerSecond * Burst / 2) - _tokens) / messagesPerSecond));
}
