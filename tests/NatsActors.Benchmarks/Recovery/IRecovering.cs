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

    /// <summary>
    /// Completes when everything that was accepted before this call is confirmed; false when the connection keeps no account of
    /// its messages.
    /// </summary>
    Task<bool> ConfirmAsync();
}
