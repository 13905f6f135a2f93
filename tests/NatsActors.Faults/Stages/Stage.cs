using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>What a run stands on: servers, proxies, the independent reader, and the faults that are possible there.</summary>
internal abstract class Stage : IAsyncDisposable
{
    /// <summary>The faults that concern one publisher: of its own link, and of its actors.</summary>
    public abstract IReadOnlyList<FaultKind> LinkKinds(int publisher);

    /// <summary>The faults that concern all publishers.</summary>
    public abstract IReadOnlyList<FaultKind> ServerKinds { get; }

    /// <summary>The part of the faults that goes to the servers, when there are faults of both sorts.</summary>
    public virtual double ServerShare => 0;

    /// <summary>Whether a message may be seen only once.</summary>
    public virtual bool Once => true;

    /// <summary>The proxies between a publisher and the servers.</summary>
    public abstract IReadOnlyList<CuttingProxy> ProxiesOf(int publisher);

    public abstract PublisherSettings SettingsFor(int publisher, PublisherSettings common);

    public abstract Task InjectAsync(FaultKind kind, int publisher, IPublisherUnderTest target, Random random);

    /// <summary>Everything runs again, and stays so.</summary>
    public abstract Task HealAsync();

    /// <summary>What the reader got, by publisher; after the publishers have been drained.</summary>
    public abstract Task<IReadOnlyList<Arrivals>> CollectAsync(int publishers);

    /// <summary>What the reader found that is the servers' and breaks no promise of the publishers.</summary>
    public virtual IReadOnlyList<string> Remarks => [];

    /// <summary>The state of the servers in words, for a report of what went wrong.</summary>
    public virtual Task<string> DescribeAsync() => Task.FromResult("");

    public abstract ValueTask DisposeAsync();

    public static string SubjectOf(int publisher) => $"faults.{publisher}";

    protected static int PublisherOf(string subject) => int.Parse(subject.AsSpan("faults.".Length), System.Globalization.CultureInfo.InvariantCulture);
}
