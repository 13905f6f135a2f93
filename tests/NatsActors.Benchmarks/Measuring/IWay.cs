namespace NatsActors.Benchmarks;

/// <summary>One way by which messages reach the server. Lives through all rounds, and its connection with it.</summary>
public interface IWay : IAsyncDisposable
{
    /// <summary>Whatever does not count: connects the first time.</summary>
    Task PrepareAsync(Load load);

    /// <summary>
    /// What is measured: brings every message of the load to the server, and completes when it is known that the server has
    /// read them (a PONG behind the last).
    /// </summary>
    Task RunAsync(Load load);
}

/// <summary>A way by its name.</summary>
/// <param name="Name">As in the command line and the table.</param>
/// <param name="Create">Makes it for a server's address.</param>
public sealed record WayKind(string Name, Func<string, IWay> Create)
{
    /// <summary>Others are shown in relation to it.</summary>
    public bool IsYardstick { get; init; }

    /// <summary>False for a way that stays in the process.</summary>
    public bool ReachesServer { get; init; } = true;
}
