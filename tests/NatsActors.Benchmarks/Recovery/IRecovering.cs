namespace NatsActors.Benchmarks.Recovery;

/// <summary>A connection that is to come back after an outage by itself. Lives through all outages.</summary>
internal interface IRecovering : IAsyncDisposable
{
    /// <summary>Completes when the first connection is up.</summary>
    Task StartAsync();

    /// <summary>An outage follows.</summary>
    void Await();

    /// <summary>Completes with the moment at which the connection is up again, as a timestamp of the stopwatch.</summary>
    Task<long> Linked { get; }

    /// <summary>Publishes one message, or refuses it; never waits for the link.</summary>
    void Publish();

    /// <summary>True when the connection keeps messages through an outage, and <see cref="ConfirmAsync"/> waits for them.</summary>
    bool KeepsBacklog { get; }

    /// <summary>Completes when the server has answered what was accepted before this call.</summary>
    Task ConfirmAsync();
}
