namespace NatsActors.Benchmarks.Latency;

/// <summary>One way by which messages reach the server and are answered. Lives through all rounds, and its connection with it.</summary>
internal interface ILatencyWay : IAsyncDisposable
{
    /// <summary>What the row of the outcome says.</summary>
    string Name { get; }

    /// <summary>What the row of the reply says; null when the way has no reply before the outcome.</summary>
    string? AckName => null;

    /// <summary>Whether the messages go to the stream.</summary>
    bool Stores { get; }

    /// <summary>True for the yardstick of the ways with the same <see cref="Stores"/>.</summary>
    bool IsBare => false;

    /// <summary>Connects; does nothing the second time.</summary>
    Task PrepareAsync();

    /// <summary>Sends every message when it is due; completes when every message has ended.</summary>
    Task RunAsync(Schedule schedule, Wait wait);
}
