using Akka.Actor;
using Akka.Event;
using NatsActors.Door;
using NatsActors.Testing;
using NatsActors.Tests.Door;

namespace NatsActors.Tests.Borders;

/// <summary>Who was refused hears when there is room again.</summary>
public sealed class CapacityTests
{
    private const int Limit = 10;

    [Fact]
    public async Task Refused_Asks_are_not_noted_and_later_actors_hear_of_capacity()
    {
        await using var stage = FullStage();
        var refusals = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(_ => stage.Publisher.Ask<PublishReply>(DoorStage.Message())));
        Assert.All(refusals, reply => Assert.IsType<BufferFull>(reply));
        var later = stage.NewTeller();
        later.Tell(DoorStage.Message());
        Assert.IsType<BufferFull>(Assert.Single(later.Told));

        await EmptyAsync(stage);

        var capacity = await later.HearAsync<CapacityAvailable>();
        Assert.Equal(("publisher", stage.Publisher), (capacity.Publisher, later.Senders[1]));
        Assert.InRange(capacity.FreeMessages, 1, Limit);
        Assert.Equal(10_001, (await stage.EventAsync<OverflowEnded>()).Refused);
        Assert.DoesNotContain(stage.Events, told => told is AllDeadLetters { Message: CapacityAvailable or PublishReply });
    }

    [Fact]
    public async Task CapacityAvailable_names_the_publisher_and_comes_once()
    {
        await using var stage = FullStage("orders");
        var teller = stage.NewTeller();
        for (var i = 0; i < 3; i++)
        {
            teller.Tell(DoorStage.Message());
        }

        await EmptyAsync(stage);

        await stage.EventAsync<OverflowEnded>();
        Assert.Equal("orders", (await teller.HearAsync<CapacityAvailable>()).Publisher);
        Assert.Single(teller.Told.OfType<CapacityAvailable>());
    }

    [Fact]
    public async Task Beyond_the_cap_a_sender_is_not_noted_and_the_event_stream_tells()
    {
        await using var stage = FullStage();
        var light = Enumerable.Range(0, RefusedSenders.Max).Select(n => new LightSender(stage.System, n)).ToList();
        light.ForEach(sender => stage.Publisher.Tell(DoorStage.Message(), sender));
        var beyond = stage.NewTeller();
        beyond.Tell(DoorStage.Message());

        await EmptyAsync(stage);

        Assert.Equal(RefusedSenders.Max + 1, (await stage.EventAsync<OverflowEnded>()).Refused);
        await Until.TrueAsync(() => light.All(sender => sender.Capacity == 1));
        Assert.Empty(beyond.Told.OfType<CapacityAvailable>());
    }

    private static DoorStage FullStage(string name = "publisher")
    {
        var stage = new DoorStage(DoorStage.Small() with { Name = name }, connected: false);
        for (var i = 0; i < Limit; i++)
        {
            Assert.True(stage.Parts.Door.TryAccept("s", "x"u8, out _));
        }

        return stage;
    }

    private static async Task EmptyAsync(DoorStage stage)
    {
        await stage.ConnectAsync();
        await Until.TrueAsync(() =>
        {
            if (stage.Links.Last.Batches.Count > 0)
            {
                stage.Links.Last.ConfirmAll();
            }

            return stage.Status.BufferedMessages == 0;
        });
    }

    private sealed class LightSender(ActorSystem system, int number) : MinimalActorRef
    {
        private int _capacity;

        public int Capacity => Volatile.Read(ref _capacity);

        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "user" / $"{number}";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (message is CapacityAvailable)
            {
                Interlocked.Increment(ref _capacity);
            }
        }
    }
}
