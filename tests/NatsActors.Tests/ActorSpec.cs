using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;
using NatsActors.Actors;
using NatsActors.Tests;

namespace NatsActors.Specs;

/// <summary>The specs on Akka.NET: real dispatchers and mailboxes, time by the TestScheduler.</summary>
public abstract partial class ActorSpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan RestLimit = TimeSpan.FromSeconds(10);

    private readonly ActorWork _work;
    private readonly SchedulerTime _time;

    protected ActorSpec()
        : this(new ActorWork())
    {
    }

    private ActorSpec(ActorWork work)
        : base(ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Config), work), "specs")
    {
        _work = work;
        _time = new SchedulerTime((TestScheduler)Sys.Scheduler);
        _ = NatsPublishers.Get(Sys);
    }

    // A spec ends its system where it stands, with a full buffer or an outage: nothing is drained in virtual time.
    private static Config Config { get; } = ConfigurationFactory.ParseString(
        """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.log-dead-letters = off
        """).WithFallback(ActorWork.Config).WithFallback(DefaultConfig);

    internal partial TimeProvider Time => _time;

    internal static partial int ModelRuns => 150;

    internal partial Type UnhandledEvent => typeof(UnhandledMessage);

    internal partial void Advance(TimeSpan by)
    {
        // Timers that a handled message starts are due as well: step to each, not over them.
        Settle();
        var step = TimeSpan.FromMilliseconds(10);
        for (var left = by; left > TimeSpan.Zero; left -= step)
        {
            _time.Scheduler.Advance(left < step ? left : step);
            Settle();
        }
    }

    internal partial void Settle() => Assert.True(SpinWait.SpinUntil(() => _work.IsAtRest, RestLimit), "The actors do not come to rest.");

    internal partial IProbe CreateProbe() => new Probe(this);

    internal partial IActorRef Start(PublisherState state)
    {
        var publisher = Sys.ActorOf(NatsPublishers.Get(Sys).PropsOf(state.Settings, () => state), "spec-publisher");
        Settle();
        return publisher;
    }

    internal partial IActorRef Child(IActorRef parent, string name) => ((ActorRefWithCell)parent).GetSingleChild(name);

    internal partial IDisposable Block(IActorRef actor)
    {
        ((IInternalActorRef)actor).Suspend();
        Settle();
        return new Unblock(this, (IInternalActorRef)actor);
    }

    internal partial void Subscribe(IProbe probe, Type channel) => Sys.EventStream.Subscribe(probe.Ref, channel);

    internal partial object UnhandledMessageOf(object occurrence) => ((UnhandledMessage)occurrence).Message;

    private sealed class Unblock(ActorSpec spec, IInternalActorRef actor) : IDisposable
    {
        public void Dispose()
        {
            actor.Resume();
            spec.Settle();
        }
    }

    /// <summary>The clock that the TestScheduler moves.</summary>
    private sealed class SchedulerTime(TestScheduler scheduler) : TimeProvider
    {
        public TestScheduler Scheduler => scheduler;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => scheduler.Now;

        public override long GetTimestamp() => scheduler.Now.UtcTicks;
    }

    /// <summary>No actor is behind it: it keeps what it is told where the teller runs.</summary>
    private sealed class Probe(ActorSpec spec) : MinimalActorRef, IProbe
    {
        private readonly Lock _gate = new();
        private readonly Queue<(object Message, IActorRef? Sender)> _received = new();
        private bool _stopped;

        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "probe" / Guid.NewGuid().ToString("N");

        public override IActorRefProvider Provider => ((ExtendedActorSystem)spec.Sys).Provider;

        public IActorRef Ref => this;

        public IActorRef? LastSender { get; private set; }

        public T ExpectMsg<T>()
        {
            spec.Settle();
            lock (_gate)
            {
                Assert.True(_received.Count > 0, $"No message came; a {typeof(T).Name} was expected.");
                (var message, LastSender) = _received.Dequeue();
                return Assert.IsType<T>(message, exactMatch: false);
            }
        }

        public void ExpectNoMsg()
        {
            spec.Settle();
            lock (_gate)
            {
                Assert.Empty(_received.Select(each => each.Message));
            }
        }

        public IReadOnlyList<object> TakeAll()
        {
            spec.Settle();
            lock (_gate)
            {
                var all = _received.Select(each => each.Message).ToList();
                _received.Clear();
                return all;
            }
        }

        void IProbe.Stop() => _stopped = true;

        protected override void TellInternal(object message, IActorRef sender)
        {
            lock (_gate)
            {
                if (!_stopped)
                {
                    _received.Enqueue((message, sender));
                }
            }
        }
    }
}
