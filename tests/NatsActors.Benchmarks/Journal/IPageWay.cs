using Akka.Actor;
using NatsActors.Benchmarks.Latency;

namespace NatsActors.Benchmarks.Journal;

/// <summary>One way by which pages reach a journal. Lives for one turn, in an actor system whose journal is empty.</summary>
internal interface IPageWay
{
    /// <summary>Does what does not count: starts, and writes first pages.</summary>
    Task PrepareAsync(PageLoad load);

    /// <summary>Writes the pages of the load, and deletes as it says; completes when the journal has answered everything.</summary>
    /// <returns>How long each delete took.</returns>
    Task<IReadOnlyList<TimeSpan>> WriteAsync(PageLoad load);

    /// <summary>Writes what the schedule has, each when it is due; completes with the last answer of the journal.</summary>
    Task PaceAsync(Schedule schedule);

    /// <summary>Stops without a delete, starts again, and completes when every page in the journal has been read.</summary>
    /// <returns>How many pages.</returns>
    Task<int> RecoverAsync();
}

/// <summary>A way by its name.</summary>
/// <param name="Name">As in the table.</param>
/// <param name="Create">Makes the way in an actor system, with the address of a server.</param>
/// <param name="Keeps">What it has written stays in the journal.</param>
internal sealed record PageWayKind(string Name, Func<ActorSystem, string, IPageWay> Create, bool Keeps)
{
    /// <summary>
    /// All ways, in the order of each round. The first is the yardstick: the others are shown in relation to it.
    /// </summary>
    public static IReadOnlyList<PageWayKind> All { get; } = 
    [
        new("bare pages", (system, _) => new BarePages(system), true),
        new("publisher", (system, server) => new PublisherPages(system, server), false),
        new("publisher, no server", (system, _) => new PublisherPages(system, null), true),
    ];
}
