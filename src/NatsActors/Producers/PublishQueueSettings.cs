namespace NatsActors;

/// <summary>The limits and waits of a <see cref="PublishQueue"/>.</summary>
public sealed record PublishQueueSettings
{
    /// <summary>
    /// The messages that the queue holds, those of the batch under way included. Beyond it <see cref="PublishQueue.TryOffer"/> refuses
    /// with <see cref="BufferLimit.Messages"/>. At least 1. Default: 10,000.
    /// </summary>
    public int MaxMessages { get; init; } = 10_000;

    /// <summary>
    /// The bytes that the queue holds: payloads, subjects, headers, ids, and 32 bytes for each message. Beyond it
    /// <see cref="PublishQueue.TryOffer"/> refuses with <see cref="BufferLimit.Bytes"/>. At least 1. Default: 8 MiB.
    /// </summary>
    public long MaxBytes { get; init; } = 8 << 20;

    /// <summary>The messages of one <see cref="PublishBatch"/>. At least 1. Default: 256.</summary>
    public int BatchMessages { get; init; } = 256;

    /// <summary>
    /// After a <see cref="BufferFull"/> or <see cref="RejectReason.NotDurable"/>, the time until the queue offers one message again although no
    /// <see cref="CapacityAvailable"/> has come. Longer than zero. Default: 5 seconds.
    /// </summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The time after which the queue tells a batch to a remote publisher again, because the batch or its reply was lost on the way.
    /// Must be longer than the publisher's <c>buffer.wait-timeout</c>, with which a reply may be held. Longer than zero. Default: 1 minute.
    /// Not used with a local publisher, which always answers.
    /// </summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    internal PublishQueueSettings Validate()
    {
        List<string> violations = [];
        Check(nameof(MaxMessages), MaxMessages, MaxMessages >= 1, "at least 1");
        Check(nameof(MaxBytes), MaxBytes, MaxBytes >= 1, "at least 1");
        Check(nameof(BatchMessages), BatchMessages, BatchMessages >= 1, "at least 1");
        Check(nameof(RetryAfter), RetryAfter, IsWait(RetryAfter), "longer than zero and at most 24 days");
        Check(nameof(ReplyTimeout), ReplyTimeout, IsWait(ReplyTimeout), "longer than zero and at most 24 days");
        return violations.Count == 0 ? this : throw new SettingsException(violations);

        void Check(string name, IFormattable value, bool valid, string allowed)
        {
            if (!valid)
            {
                violations.Add($"{nameof(PublishQueueSettings)}.{name}: '{value.ToString(null, null)}'; must be {allowed}");
            }
        }
    }

    private static bool IsWait(TimeSpan wait) => wait > TimeSpan.Zero && wait <= TimeSpan.FromDays(24);
}
