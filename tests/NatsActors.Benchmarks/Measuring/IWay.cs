namespace NatsActors.Benchmarks;

/// <summary>One way by which messages reach the server. Lives through all rounds, and its connection with it.</summary>
internal interface IWay : IAsyncDisposable
{
    /// <summary>Does what does not count: connects the first time.</summary>
    Task PrepareAsync(Load load);

    /// <summary>
    /// Does what is measured: brings every message of the load to the server, and completes when the server has answered the PING
    /// behind the last.
    /// </summary>
    Task RunAsync(Load load);

    /// <summary>Messages a second of the last run, from a way that measures itself; null for one that <see cref="BenchmarkRun"/> times.</summary>
    double? ReportedRate => null;
}

/// <summary>A way by its name.</summary>
/// <param name="Name">As in the command line and the table.</param>
/// <param name="Description">As in the table.</param>
/// <param name="Create">Makes the way on a stage.</param>
internal sealed record WayKind(string Name, string Description, Func<Stage, IWay> Create)
{
    /// <summary>How a column of the table names this way, when others are shown in relation to it.</summary>
    public string? Yardstick { get; init; }

    /// <summary>False for a way that stays in the process.</summary>
    public bool ReachesServer { get; init; } = true;

    /// <summary>False for a way that another process is: what this one allocates meanwhile says nothing.</summary>
    public bool InProcess { get; init; } = true;

    /// <summary>Producer actors, for the ways that differ in nothing else; 0 for the others.</summary>
    public int Producers { get; init; }
}
