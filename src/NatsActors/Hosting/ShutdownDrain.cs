using Akka;
using Akka.Actor;
using Akka.Event;
using NatsActors.Actors;

namespace NatsActors.Hosting;

/// <summary>
/// Drains all publishers of a system in a phase of its CoordinatedShutdown, and logs how many messages were left. Each drain ends
/// before the phase, because a phase that times out logs nothing of the publishers.
/// </summary>
internal static class ShutdownDrain
{
    private const int SubjectsShown = 5;

    // Akka's timers have ticks of 10 ms, and a busy machine delays them further.
    private static readonly TimeSpan LeastMargin = TimeSpan.FromSeconds(1);

    public static void Install(ExtendedActorSystem system, string phase, RunningPublishers running)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        var log = Logging.GetLogger(system, typeof(NatsPublishers));
        shutdown.AddTask(phase, "nats-actors-drain", async () =>
        {
            var limit = shutdown.Timeout(phase);
            await Task.WhenAll(running.All().Select(each => DrainAsync(each.Name, each.Publisher, each.Parts, limit, log))).ConfigureAwait(false);
            return Done.Instance;
        });
    }

    /// <summary>
    /// The time between the drain's deadline and the end of the phase: a tenth of the phase, and at least <see cref="LeastMargin"/>
    /// unless the phase is shorter than twice that. Three quarters of the margin are for the answer to arrive. The rest is for the
    /// log line about an answer that did not arrive.
    /// </summary>
    internal static TimeSpan Margin(TimeSpan phase) =>
        phase / 10 >= LeastMargin ? phase / 10 : phase / 2 < LeastMargin ? phase / 2 : LeastMargin;

    private static async Task DrainAsync(string name, IActorRef publisher, PublisherParts parts, TimeSpan limit, ILoggingAdapter log)
    {
        try
        {
            var margin = Margin(limit);
            var drained = await publisher.Ask<Drained>(new Drain(limit - margin), limit - (margin / 4)).ConfigureAwait(false);
            log.Log(drained.Complete ? LogLevel.InfoLevel : LogLevel.WarningLevel, null, "{0}", Describe(name, drained));
        }
        catch (Exception error) when (error is AskTimeoutException or TaskCanceledException)
        {
            log.Warning(
                "{0}: the drain did not end within {1} ms; {2}",
                name,
                (long)limit.TotalMilliseconds,
                parts.Buffer.Status().Totals);
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
