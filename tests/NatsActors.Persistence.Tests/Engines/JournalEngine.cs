using Akka.Configuration;

namespace NatsActors.Persistence.Tests.Engines;

/// <summary>One journal, empty at the start of a test, and the ways to take it away from a publisher.</summary>
public abstract class JournalEngine : IAsyncLifetime
{
    /// <summary>What a test changes of a plugin: a failed call must not keep the journal away for half a minute.</summary>
    protected const string Breaker = "circuit-breaker { max-failures = 1000, call-timeout = 20s, reset-timeout = 200ms }";

    /// <summary>The path of the journal in <see cref="Hocon"/>.</summary>
    public abstract string PluginId { get; }

    /// <summary>The configuration of a system that uses the journal.</summary>
    public abstract Config Hocon { get; }

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    /// <summary>From here on the journal writes nothing.</summary>
    public abstract Task TakeDownAsync();

    /// <summary>The end of <see cref="TakeDownAsync"/>.</summary>
    public abstract Task BringBackAsync();

    /// <summary>How many events the journal has, under all persistence ids.</summary>
    public abstract Task<long> CountAsync();
}
