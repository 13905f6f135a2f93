using Akka.Actor;
using NatsActors.Testing;
using NatsActors.Tests.Door;

namespace NatsActors.Tests.Producers;

/// <summary>The queue of an actor with asynchronous handlers.</summary>
public sealed class PublishQueueAsyncTests
{
    [Fact]
    public async Task An_actor_offers_after_an_await_and_another_thread_may_not()
    {
        await using var stage = new DoorStage(connected: false);
        var owner = stage.System.ActorOf(Props.Create(() => new AsyncOwner(stage.Publisher)));

        Assert.IsType<InvalidOperationException>(await owner.Ask<object>(DoorStage.Message(), Until.DefaultTimeout));
        await Until.TrueAsync(() => stage.Status.BufferedMessages == 1);
    }

    private sealed class AsyncOwner : ReceiveActor
    {
        public AsyncOwner(IActorRef publisher)
        {
            var queue = PublishQueue.Create(Context, publisher, (_, _) => { });
            Receive<object>(queue.TryHandle);
            ReceiveAsync<Publish>(async message =>
            {
                var elsewhere = await Task.Run(() => Record.Exception(() => queue.TryOffer(message, out _)));
                Assert.True(queue.TryOffer(message, out var _));
                Sender.Tell(elsewhere ?? (object)"no exception");
            });
        }
    }
}
