namespace NatsActors;

/// <summary>The limits and waits of <see cref="NatsSink"/> and <see cref="NatsFlow"/>.</summary>
public sealed record PublishStreamSettings
{
    /// <summary>The most messages of one <see cref="PublishBatch"/>.</summary>
    internal const int MaxBatchMessages = 256;

    /// <summary>
    /// The elements that the stage collects while a batch is under way, and the most messages of one <see cref="PublishBatch"/>. From 1 to
    /// 256. Default: 256.
    /// </summary>
    public int BatchMessages { get; init; } = MaxBatchMessages;

    /// <summary>
    /// The bytes of collected elements from which on the stage pulls no more: payloads, subjects, headers, ids, and 32 bytes for each
    /// element. The last element may pass the limit. At least 1. Default: 8 MiB.
    /// </summary>
    public long MaxBytes { get; init; } = 8 << 20;

    /// <summary>
    /// After a <see cref="BufferFull"/> or <see cref="RejectReason.NotDurable"/>, the time until the stage offers one element again although
    /// no <see cref="CapacityAvailable"/> has come. Also the time that a publisher which has stopped may take to tell the last outcomes.
    /// Longer than zero. Default: 5 seconds.
    /// </summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The time after which the stage tells a batch to a remote publisher again, because the batch or its reply was lost on the way; also
    /// the time without an outcome after which the stage asks a remote publisher whether outcomes were lost. Must be longer than the
    /// publisher's <c>buffer.wait-timeout</c>, with which a reply may be held. Longer than zero. Default: 1 minute. Not used with a local
    /// publisher, which always answers.
    /// </summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    internal PublishStreamSettings Validate()
    {
        List<string> violations = [];
        Check(nameof(BatchMessages), BatchMessages, BatchMessages is >= 1 and <= MaxBatchMessages, $"from 1 to {MaxBatchMessages}");
        Check(nameof(MaxBytes), MaxBytes, MaxBytes >= 1, "at least 1");
        Check(nameof(RetryAfter), RetryAfter, IsWait(RetryAfter), "longer than zero and at most 24 days");
        Check(nameof(ReplyTimeout), ReplyTimeout, IsWait(ReplyTimeout), "longer than zero and at most 24 days");
        return violations.Count == 0 ? this : throw new SettingsException(violations);

        void Check(string name, IFormattable value, bool valid, string allowed)
        {
            if (!valid)
            {
                violations.Add($"{nameof(PublishStreamSettings)}.{name}: '{value.ToString(null, null)}'; must be {allowed}");
            }
        }
    }

    private static bool IsWait(TimeSpan wait) => wait > TimeSpan.Zero && wait <= TimeSpan.FromDays(24);
}
