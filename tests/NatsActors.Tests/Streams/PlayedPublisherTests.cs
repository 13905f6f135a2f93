using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;
using Akka.TestKit;
using NatsActors.Testing;

namespace NatsActors.Tests.Streams;

/// <summary>
/// The base of tests in which the test plays the publisher: it hears every batch, and tells replies and outcomes. Timers run on the
/// test's own clock.
/// </summary>
public abstract class PlayedPublisherTests : Akka.TestKit.Xunit2.TestKit
{
    private const string Hocon =
        """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
        # The probes' default of 3 s is short for a busy machine.
        akka.test.single-expect-default = 15s
        # A source of a test beside the stage gives one element for each that the stage pulls.
        akka.stream.materializer { initial-input-buffer-size = 1, max-input-buffer-size = 1 }
        """;

    private long _sequence;

    protected PlayedPublisherTests()
        : base(ConfigurationFactory.ParseString(Hocon))
    {
        Materializer = Sys.Materializer();
        Publisher = CreateTestProbe();
    }

    protected static TimeSpan RetryAfter => new PublishStreamSettings().RetryAfter;

    protected static CapacityAvailable Capacity { get; } = new(1, 1);

    protected static BufferFull Full { get; } =
        new() { Limit = BufferLimit.Messages, Messages = 9, Bytes = 9, MaxMessages = 9, MaxBytes = 9 };

    protected IMaterializer Materializer { get; }

    protected TestProbe Publisher { get; }

    protected IActorRef Stage { get; private set; } = ActorRefs.Nobody;

    protected static Publish Message(string text) => Publish.Text("s", text) with { CorrelationId = $"c-{text}" };

    protected static string Text(Publish message) => Encoding.UTF8.GetString(message.Payload.Span);

    protected static Rejected Refusal(RejectReason reason) => new(reason, "why");

    /// <summary>The next batch, which has these messages; each wants its outcome and has its correlation id.</summary>
    protected PublishBatch Batch(params string[] texts)
    {
        var batch = Publisher.ExpectMsg<PublishBatch>();
        Assert.Equal(texts, batch.Messages.Select(Text));
        Assert.All(batch.Messages, message => Assert.True(message.WantsOutcome));
        Assert.All(batch.Messages, message => Assert.Equal($"c-{Text(message)}", message.CorrelationId));
        Stage = Publisher.LastSender;
        return batch;
    }

    /// <summary>Answers a batch; null for a limit accepts all.</summary>
    protected void Reply(PublishBatch batch, int? accepted = null, PublishReply? refusal = null)
    {
        var count = accepted ?? batch.Messages.Count;
        Tell(new BatchReply(count, count > 0 ? _sequence + 1 : 0, refusal) { CorrelationId = batch.CorrelationId });
        _sequence += count;
    }

    protected void Deliver(params long[] sequences)
    {
        foreach (var sequence in sequences)
        {
            Tell(new Delivered(sequence));
        }
    }

    protected void Tell(object message) => Stage.Tell(message, Publisher.Ref);

    /// <summary>The stage tells nothing more of itself.</summary>
    protected void ExpectQuiet() => Publisher.ExpectNoMsg(TimeSpan.FromMilliseconds(50));

    /// <summary>Moves the clock, once the stage has handled what it was told, and has set its timers.</summary>
    protected void Advance(TimeSpan by)
    {
        var streams = (ActorRefWithCell)Sys.ActorSelection(Stage.Path.Parent).ResolveOne(Until.DefaultTimeout).GetAwaiter().GetResult();
        foreach (var stream in streams.Children)
        {
            stream.Ask<ActorIdentity>(new Identify(null)).WaitAsync(Until.DefaultTimeout).GetAwaiter().GetResult();
        }

        ((TestScheduler)Sys.Scheduler).Advance(by);
    }
}
