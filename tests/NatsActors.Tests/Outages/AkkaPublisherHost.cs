using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace NatsActors.Tests.Outages;

/// <summary>A publisher of an actor system; each has a system of its own.</summary>
internal sealed class AkkaPublisherHost : IPublisherHost
{
    public static readonly IPublisherHost Instance = new AkkaPublisherHost();

    public async Task<IHostedPublisher> StartAsync(PublisherSettings settings, Action<NatsEvent>? onEvent, LineLog? lines)
    {
        var system = ActorSystem.Create("outages", ConfigurationFactory.ParseString(
            $"""
            akka.loglevel = {(lines is null ? "OFF" : "DEBUG")}
            akka.stdout-loglevel = OFF
            akka.loggers = []
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            """));
        if (lines is not null)
        {
            system.EventStream.Subscribe(
                new Recorder(system, message => lines.Add($"{((LogEvent)message).LogSource} {message} {((LogEvent)message).Cause}")), typeof(LogEvent));
        }

        if (onEvent is not null)
        {
            system.EventStream.Subscribe(system.ActorOf(Akka.Actor.Props.Create(() => new Subscriber(onEvent))), typeof(NatsEvent));
        }

        try
        {
            var publishers = NatsPublishers.Get(system);
            return new Hosted(system, publishers.Start(settings));
        }
        catch
        {
            await system.Terminate();
            throw;
        }
    }

    /// <summary>An actor, as an application has one: what a handler throws must not reach the publisher.</summary>
    private sealed class Subscriber(Action<NatsEvent> onEvent) : UntypedActor
    {
        protected override void OnReceive(object message) => onEvent((NatsEvent)message);
    }

    private sealed class Hosted(ActorSystem system, IActorRef publisher) : IHostedPublisher
    {
        public async Task SendAsync(IReadOnlyList<Publish> messages)
        {
            const int BatchSize = 100;
            for (var sent = 0; sent < messages.Count;)
            {
                var batch = new PublishBatch([.. messages.Skip(sent).Take(BatchSize)]);
                var reply = await publisher.Ask<BatchReply>(batch);
                Assert.True(reply.Refusal is null or BufferFull, $"{reply.Refusal}");
                sent += reply.Accepted;
            }
        }

        public Task<PublishReply> PublishAsync(Publish message) => publisher.Ask<PublishReply>(message);

        public async Task<(PublishReply Reply, Outcome? Outcome)> PublishForOutcomeAsync(Publish message)
        {
            // The recorder is told on a thread of the publisher, which must not run the test.
            var reply = new TaskCompletionSource<PublishReply>(TaskCreationOptions.RunContinuationsAsynchronously);
            var outcome = new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            publisher.Tell(
                message with { WantsOutcome = true },
                new Recorder(system, told => _ = told is PublishReply given ? reply.TrySetResult(given) : outcome.TrySetResult((Outcome)told)));
            return (await reply.Task, await reply.Task is Ack ? await outcome.Task : null);
        }

        public Task<PublisherStatus> StatusAsync() => publisher.Ask<PublisherStatus>(GetStatus.Instance);

        public Task<Flushed> FlushAsync(TimeSpan timeout) => publisher.Ask<Flushed>(new Flush(timeout));

        public Task<Drained> DrainAsync(TimeSpan deadline) => publisher.Ask<Drained>(new Drain(deadline));

        public void ForceReconnect() => publisher.Tell(NatsActors.ForceReconnect.Instance, ActorRefs.NoSender);

        public async ValueTask DisposeAsync() => await system.Terminate();

        public override string ToString() => publisher.ToString()!;
    }
}
