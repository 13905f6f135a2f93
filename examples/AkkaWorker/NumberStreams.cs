using Akka;
using Akka.Actor;
using Akka.Hosting;
using Akka.Streams;
using Akka.Streams.Dsl;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors;
using NatsActors.Hosting;

namespace AkkaWorker;

/// <summary>The producers as streams: each publishes the numbers 1, 2, 3, ... to its subject, in order and without a gap.</summary>
internal sealed class NumberStreams(
    ActorSystem system, IRequiredActor<NatsPublisherKey> publisher, IConfiguration configuration, ILogger<NumberStreams> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var target = await publisher.GetAsync(stoppingToken);
        var perSecond = configuration.GetValue("PerSecond", 2000);
        var streams = Task.WhenAll(Enumerable.Range(1, configuration.GetValue("Streams", 0))
            .Select(i => RunAsync(target, $"worker.{i}", perSecond, stoppingToken)));
        // Beside the publisher's drain: the actor system ends when the streams have heard of their last outcomes.
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, "number-streams", async () =>
        {
            await streams;
            return Done.Instance;
        });
        await streams;
    }

    private async Task RunAsync(IActorRef target, string subject, int perSecond, CancellationToken stopping)
    {
        PublishCounts counts;
        var end = "every message has its outcome";
        try
        {
            // A full buffer holds the source back. At a stop the stream ends, and the task completes with the last outcome.
            counts = await Source.From(Enumerable.Range(1, int.MaxValue))
                .Throttle(perSecond, TimeSpan.FromSeconds(1), perSecond, ThrottleMode.Shaping)
                .Select(number => Publish.Text(subject, $"{number}"))
                .Via(stopping.AsFlow<Publish>(cancelGracefully: true))
                .RunWith(NatsSink.PublishAndCount(target), system.Materializer());
        }
        catch (PublishFailedException failure)
        {
            (counts, end) = (failure.Counts, failure.Message); // the publisher has ended before the stream
        }

        log.LogInformation(
            "{Subject}: {Accepted} messages accepted ({End})", subject, counts.Delivered + counts.Stored + counts.Undelivered, end);
    }
}
