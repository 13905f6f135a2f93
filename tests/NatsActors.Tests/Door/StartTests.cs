using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using NatsActors.Actors;
using NatsActors.Door;
using NatsActors.Specs;
using NatsActors.Testing;

namespace NatsActors.Tests.Door;

/// <summary>What is told while the publisher's actors are being made: the buffer actor runs, and the door does not know it yet.</summary>
public sealed class StartTests : IAsyncLifetime
{
    private readonly Gate _gate = new("connection");
    private readonly FakeLinks _links = new();
    private readonly ActorSystem _system;
    private readonly IActorRef _publisher;
    private IActorRef _buffer = ActorRefs.Nobody;

    public StartTests()
    {
        _system = ActorSystem.Create("start", ActorSystemSetup.Create(_gate, BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(
            $$"""
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.loggers = []
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            akka.actor.default-mailbox.mailbox-type = "{{typeof(GatedMailbox).AssemblyQualifiedName}}"
            """))));
        (_publisher, _) = NatsPublishers.Get(_system).Start(DoorStage.Small().Validate(), _links, TimeProvider.System, new Random(1));
    }

    public async Task InitializeAsync()
    {
        await _gate.Reached.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        _buffer = await TestSystem.ChildAsync(_publisher, "buffer");
        await SeenAsync();
    }

    public async Task DisposeAsync()
    {
        _gate.Open();
        await _system.Terminate();
    }

    [Fact]
    public async Task A_flush_is_answered()
    {
        var flushed = _publisher.Ask<Flushed>(new Flush(TimeSpan.FromMinutes(1)), Until.DefaultTimeout);
        await SeenAsync();

        _gate.Open();

        Assert.Equal(new Flushed(true, 0), await flushed);
    }

    [Fact]
    public async Task A_drain_that_ends_before_there_is_a_connection_actor_leaves_no_link()
    {
        var drained = _publisher.Ask<Drained>(new Drain(TimeSpan.Zero), Until.DefaultTimeout);
        _buffer.Tell(Wake.Instance);
        Assert.True((await drained).Complete);
        await SeenAsync();

        _gate.Open();

        await TestSystem.ChildAsync(_publisher, "connection");
        await Until.TrueAsync(() => _links.Count == 1 && _links.Last.Closed);
    }

    /// <summary>The buffer actor has handled what was told to it.</summary>
    private Task SeenAsync() => _buffer.Ask<ActorIdentity>(new Identify(null), Until.DefaultTimeout);

    /// <summary>Holds the thread that makes the actor of a name, before it is made.</summary>
    private sealed class Gate(string name) : Setup
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Open() => _open.Set();

        public void Pass(IActorRef owner)
        {
            if (owner.Path.Name == name)
            {
                _reached.TrySetResult();
                _open.Wait(Until.DefaultTimeout);
            }
        }
    }

    private sealed class GatedMailbox(Akka.Actor.Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<UnboundedMessageQueue>
    {
        public override IMessageQueue Create(IActorRef owner, ActorSystem system)
        {
            if (system.Settings.Setup.Get<Gate>() is { HasValue: true } gate)
            {
                gate.Value.Pass(owner);
            }

            return new UnboundedMessageQueue();
        }
    }
}
