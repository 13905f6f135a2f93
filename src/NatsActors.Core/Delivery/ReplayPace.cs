namespace NatsActors.Delivery;

/// <summary>
/// Limits the rate at which a backlog is sent after a link has come up (<c>delivery.replay-rate</c>), so that a fleet does not
/// flood a server that has just come back. What is accepted while the backlog is sent stands behind it and so is paced with it;
/// the pace ends with the backlog. A token bucket that holds at most <see cref="Burst"/> of a second.
/// </summary>
internal sealed class ReplayPace(int messagesPerSecond)
{
    /// <summary>A tenth of a second's messages may go at once: fewer would need timers finer than the system's.</summary>
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

    /// <summary>How long until there is an allowance again.</summary>
    public TimeSpan Wait() => TimeSpan.FromSeconds(Math.Max(0.001, (Math.Max(1, messagesPerSecond * Burst / 2) - _tokens) / messagesPerSecond));
}
