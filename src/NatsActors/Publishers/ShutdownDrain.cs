using Akka;
using Akka.Event;

namespace NatsActors;

/// <summary>
/// Drains all publishers of a system in a phase of its CoordinatedShutdown, and says what was left. A drain ends before the
/// phase does: a phase that times out would say nothing.
/// </summary>
internal static class ShutdownDrain
{
    private const int SubjectsShown = 5;

    public static void Install(ExtendedActorSystem system, string phase, RunningPublishers running)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        var log = Logging.GetLogger(system, typeof(NatsPublishers));
        shutdown.AddTask(phase, "nats-actors-drain", async () =>
        {
            var limit = shutdown.Timeout(phase);
            await Task.WhenAll(running.All().Select(each => DrainAsync(each.Name, each.Publisher, limit, log))).ConfigureAwait(false);
            return Done.Instance;
        });
    }

    private static async Task DrainAsync(string name, IActorRef publisher, TimeSpan limit, ILoggingAdapter log)
    {
        try
        {
            var drained = await publisher.Ask<Drained>(new Drain(limit * 0.9), limit * 0.97).ConfigureAwait(false);
            log.Log(drained.Complete ? LogLevel.InfoLevel : LogLevel.WarningLevel, null, "{0}", Describe(name, drained));
        }
        catch (Exception error) when (error is AskTimeoutException or TaskCanceledException)
        {
            log.Warning("{0}: the drain did not end within {1}; what was buffered is lost", name, limit);
        }
    }

    private static string Describe(string name, Drained drained)
    {
        if (drained.Complete)
        {
            return $"{name}: drained; {drained.Totals}";
        }

        var subjects = drained.Undelivered.GroupBy(message => message.Subject)
            .Select(group => (Subject: group.Key, Count: group.Count()))
            .OrderByDescending(group => group.Count)
            .ToList();
        var mayHaveArrived = drained.Undelivered.Count(message => message.Reason == UndeliveredReason.Indeterminate);
        return $"{name}: the drain ended with {drained.Undelivered.Count} messages not sent"
            + (mayHaveArrived > 0 ? $" ({mayHaveArrived} of them may have arrived)" : "")
            + $": {string.Join(", ", subjects.Take(SubjectsShown).Select(group => $"{group.Count} to {group.Subject}"))}"
            + (subjects.Count > SubjectsShown ? $" and {subjects.Count - SubjectsShown} other subjects" : "")
            + $"; {drained.Totals}";
    }
}
