using System.Text;
using Akka.Actor;
using Akka.Event;
using NatsActors.Testing;

namespace NatsActors.Tests.Publishers;

/// <summary>
/// What Akka.NET itself writes of messages (dead letters, unhandled ones, its debug switches, its configuration) shows no payload,
/// no header and no credential.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class PayloadsInLogsTests
{
    private const string Secret = "correct-horse-battery";

    private const string Everything =
        """
        akka {
          log-config-on-start = on
          log-dead-letters = on
          log-dead-letters-during-shutdown = on
          log-serializer-override-on-start = on
          actor.debug { receive = on, autoreceive = on, lifecycle = on, fsm = on, event-stream = on, unhandled = on, router-misconfiguration = on }
        }
        """;

    private static Publish Message => new("a", Encoding.UTF8.GetBytes(Secret)) { Headers = [new("Key", Secret)] };

    [Fact]
    public async Task A_dead_letter_does_not_show_what_was_published()
    {
        await using var test = Start();
        var gone = new[] { test.System.ActorOf(Akka.Actor.Props.Empty), await TestSystem.ChildAsync(test.Publishers.Publisher(), "buffer") };
        await gone[0].GracefulStop(TimeSpan.FromSeconds(5));
        await test.Publishers.Publisher().GracefulStop(TimeSpan.FromSeconds(5));
        // The listener has started.
        await test.System.ActorSelection("/system/deadLetterListener").ResolveOne(Until.DefaultTimeout);

        foreach (var actor in gone)
        {
            actor.Tell(Message);
            actor.Tell(new PublishBatch([Message, Message]));
            actor.Tell(new DeadLetter(Message, actor, actor));
        }

        await Until.TrueAsync(() => test.Log.Count(line => line.Contains("PublishBatch", StringComparison.Ordinal)) >= 2);
        AssertNothingShown(test);
    }

    [Fact]
    public async Task A_message_that_nobody_handles_does_not_show_what_was_published()
    {
        await using var test = Start();
        var connection = await TestSystem.ChildAsync(test.Publishers.Publisher(), "connection");
        var stranger = test.System.ActorOf(Akka.Actor.Props.Create(() => new Indifferent()), "stranger");

        foreach (var actor in new[] { connection, stranger })
        {
            actor.Tell(Message);
            actor.Tell(new PublishBatch([Message]));
        }

        await Until.TrueAsync(() => test.Log.Count(line => line.Contains("nhandled", StringComparison.Ordinal)) >= 4);
        AssertNothingShown(test);
    }

    [Fact]
    public async Task What_is_left_in_the_buffer_at_the_end_is_listed_without_what_was_published()
    {
        await using var test = Start("akka.coordinated-shutdown.phases.service-stop.timeout = 3s");
        var publisher = test.Publishers.Publisher();
        await publisher.Ask<Ack>(Message);

        await CoordinatedShutdown.Get(test.System).Run(CoordinatedShutdown.ClrExitReason.Instance);

        test.AssertLogged("1 messages not sent: 1 to a");
        AssertNothingShown(test);
    }

    private static TestSystem Start(string more = "") => new(
        $"{Everything}\n{TestSystem.To(LoopbackPorts.Next())}\n{more}",
        NatsPublisherSetup.Empty.WithCredentials(NatsCredentials.UserPassword("u", Secret)));

    private static void AssertNothingShown(TestSystem test)
    {
        Assert.NotEmpty(test.Log);
        Assert.DoesNotContain(test.Log, line => line.Contains(Secret, StringComparison.Ordinal));
        // The bytes of it, as a default ToString of an array or a memory would have them.
        Assert.DoesNotContain(test.Log, line => line.Contains("99, 111, 114", StringComparison.Ordinal));
        Assert.DoesNotContain(test.Events, occurrence => occurrence.ToString().Contains(Secret, StringComparison.Ordinal));
    }

    private sealed class Indifferent : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}
