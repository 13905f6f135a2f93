using Akka;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using NatsActors.Actors;
using NatsActors.Diagnostics;

namespace NatsActors.Hosting;

/// <summary>
/// Drains all publishers of a system in a phase of its CoordinatedShutdown, each of which logs its account. Each drain ends
/// before the phase, because a phase that times out logs nothing of the publishers.
/// </summary>
internal static class ShutdownDrain
{
    // Akka's timers have ticks of 10 ms, and a busy machine delays them further.
    private static readonly TimeSpan LeastMargin = TimeSpan.FromSeconds(1);

    public static void Install(ExtendedActorSystem system, string phase, RunningPublishers running, ILogger logger)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(phase, "nats-actors-drain", async () =>
        {
            var limit = shutdown.Timeout(phase);
            await Task.WhenAll(running.All().Where(static each => each.Parts.Owner is null).Select(each => DrainAsync(each.Name, each.Publisher, each.Parts, limit, logger))).ConfigureAwait(false);
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

    private static async Task DrainAsync(string name, IActorRef publisher, PublisherParts parts, TimeSpan limit, ILogger logger)
    {
        try
        {
            var margin = Margin(limit);
            await publisher.Ask<Drained>(new Drain(limit - margin), limit - (margin / 4)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is AskTimeoutException or TaskCanceledException)
        {
            logger.DrainNotEnded(name, limit, parts.Buffer.Status().Totals);
        }
    }
}
