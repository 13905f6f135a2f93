using NatsActors.Connection;

namespace NatsActors.Faults;

public enum RunMode
{
    /// <summary>confirm = fence: links and actors fail, the server lives.</summary>
    Fence,

    /// <summary>confirm = jetstream, one server, a stream for each publisher: the server fails too.</summary>
    JetStream,

    /// <summary>confirm = jetstream, three servers, a stream of three replicas for each publisher.</summary>
    Cluster,
}

/// <summary>The size of a run. The same options give the same faults in the same order on each lane.</summary>
public sealed record RunOptions
{
    public required RunMode Mode { get; init; }

    public required int Faults { get; init; }

    public int Seed { get; init; } = 1;

    public int Publishers { get; init; } = 8;

    /// <summary>Messages a second and publisher.</summary>
    public int Rate { get; init; } = 500;

    /// <summary><c>jetstream.max-in-flight-messages</c>.</summary>
    public int Window { get; init; } = 4000;

    /// <summary><c>jetstream.strict-order</c>.</summary>
    public bool StrictOrder { get; init; }

    /// <summary>The faults to choose from; null is all that the mode has.</summary>
    public IReadOnlyList<FaultKind>? Only { get; init; }

    /// <summary>The end of a run that does not end by itself: a broken promise.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A size that takes about 25 seconds.</summary>
    public static RunOptions ForCi(RunMode mode) => new()
    {
        Mode = mode,
        Faults = mode switch { RunMode.Fence => 120, RunMode.JetStream => 60, _ => 14 },
        Publishers = mode == RunMode.Cluster ? 4 : 8,
        Rate = mode == RunMode.Cluster ? 200 : 500,
        StrictOrder = mode != RunMode.Fence,
    };

    public PublisherSettings Settings(string name, Door door) => new()
    {
        Name = name,
        Connection = new ConnectionSettings
        {
            ConnectTimeout = TimeSpan.FromSeconds(1),
            PingInterval = TimeSpan.FromSeconds(1),
            DiscoverServers = false,
            Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(250), Authorization = TimeSpan.FromMilliseconds(250) },
        },
        Buffer = new BufferSettings
        {
            MaxBytes = 8 * 1024 * 1024,
            MaxMessages = door == Door.Waiting ? 200 : 20_000,
            Overflow = door == Door.Waiting ? OverflowPolicy.Wait : OverflowPolicy.Reject,
            WaitTimeout = TimeSpan.FromSeconds(20),
        },
        Delivery = new DeliverySettings
        {
            Confirm = Mode == RunMode.Fence ? ConfirmMode.Fence : ConfirmMode.JetStream,
            ConfirmTimeout = TimeSpan.FromMilliseconds(500),
        },
        JetStream = new JetStreamSettings
        {
            MaxInFlightMessages = Window,
            StrictOrder = StrictOrder,
            RetryAttempts = Mode == RunMode.Cluster ? 200 : 5,
            RetryMin = TimeSpan.FromMilliseconds(20),
            RetryMax = TimeSpan.FromMilliseconds(100),
        },
    };
}
