using NatsActors;

namespace OutageLab.Publishing;

/// <summary>The settings that the page changes. Each change needs a new publisher.</summary>
internal sealed record PublisherChoice
{
    public const long LeastMessages = 100;
    public const long MostMessages = 100_000;
    public const long LeastBytes = 64 << 10;
    public const long MostBytes = 64 << 20;

    public OverflowPolicy Overflow { get; init; } = OverflowPolicy.Reject;

    public ConfirmMode Confirm { get; init; } = ConfirmMode.JetStream;

    public long MaxMessages { get; init; } = 20_000;

    public long MaxBytes { get; init; } = 6 << 20;

    /// <summary>A quarter of both limits.</summary>
    public PublisherChoice Shrunk() => this with
    {
        MaxMessages = Math.Max(LeastMessages, MaxMessages / 4),
        MaxBytes = Math.Max(LeastBytes, MaxBytes / 4),
    };

    /// <exception cref="LabException">A limit is out of range.</exception>
    public PublisherChoice Check()
    {
        var faults = new List<string>();
        if (MaxMessages is < LeastMessages or > MostMessages)
        {
            faults.Add($"maxMessages: {MaxMessages} is not allowed; must be {LeastMessages} to {MostMessages}");
        }

        if (MaxBytes is < LeastBytes or > MostBytes)
        {
            faults.Add($"maxBytes: {MaxBytes} is not allowed; must be {LeastBytes} to {MostBytes}");
        }

        return faults.Count == 0 ? this : throw new LabException(string.Join("; ", faults));
    }

    /// <summary>Short times, so that a person at the page sees each step of an outage.</summary>
    public PublisherSettings Settings(string url) => new()
    {
        Name = "lab",
        Connection = new()
        {
            Servers = [url],
            Name = "lab",
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PingInterval = TimeSpan.FromSeconds(2),
            Backoff = new() { Min = TimeSpan.FromMilliseconds(500), Max = TimeSpan.FromSeconds(3) },
        },
        Buffer = new() { MaxMessages = MaxMessages, MaxBytes = MaxBytes, Overflow = Overflow, WaitTimeout = TimeSpan.FromSeconds(10) },
        Delivery = new() { Confirm = Confirm, ConfirmTimeout = TimeSpan.FromSeconds(2) },
    };
}
