using NatsActors.Actors;
using NatsActors.Embedded.Tests.Kernel;
using NatsActors.Testing;

namespace NatsActors.Specs;

/// <summary>The specs on the kernel: the actors run on the test's own thread, step by step, so the same spec gives the same run.</summary>
public abstract partial class ActorSpec : IDisposable
{
    private readonly StepDispatcher _steps = new();
    private readonly VirtualTime _time = new();
    private readonly ActorSystem _system;
    private bool _blocked;

    /// <summary>Put around the mailbox of a child by its name, with the bound that it has; null for none.</summary>
    internal Func<string, IMailboxBound?, IMailboxBound>? MailboxTap { get; init; }

    /// <summary>The publisher, from before its children get their first message.</summary>
    internal IActorRef? Started { get; private set; }

    protected ActorSpec()
    {
        _system = ActorSystem.Create("specs", new KernelOptions { Time = _time, Dispatcher = _steps });
    }

    internal partial TimeProvider Time => _time;

    internal static partial int ModelRuns => 2000;

    internal partial Type UnhandledEvent => typeof(UnhandledMessage);

    public void Dispose()
    {
        _blocked = false;
        _system.TerminateAsync();
        Settle();
        Assert.True(_system.WhenTerminated.IsCompleted);
        GC.SuppressFinalize(this);
    }

    internal partial void Advance(TimeSpan by)
    {
        // Timers that a handled message starts are due as well: step to each, not over them.
        var end = _time.Elapsed + by;
        Settle();
        while (_time.Elapsed < end)
        {
            _time.Advance(TimeSpan.FromTicks(Math.Min((end - _time.Elapsed).Ticks, TimeSpan.FromMilliseconds(10).Ticks)));
            Settle();
        }
    }

    internal partial void Settle()
    {
        if (!_blocked)
        {
            _steps.RunUntilIdle();
        }
    }

    internal partial IProbe CreateProbe() => new Probe(this);

    internal partial IActorRef Start(PublisherState state)
    {
        var tap = MailboxTap;
        Started = _system.ActorOf(
            Props.Create(() => new PublisherActor(
                state,
                props => props.WithMailboxBound(tap?.Invoke("buffer", state.Mailbox) ?? state.Mailbox),
                props => tap is null || props.MailboxBound is not null ? props : props.WithMailboxBound(tap("connection", null)))),
            "publisher");
        Settle();
        return Started;
    }

    internal partial IActorRef Child(IActorRef parent, string name) => ((LocalActorRef)parent).Cell.Child(name);

    internal partial IDisposable Block(IActorRef actor)
    {
        Settle();
        _blocked = true;
        return new Unblock(this);
    }

    internal partial void Subscribe(IProbe probe, Type channel) => _system.EventStream.Subscribe(probe.Ref, channel);

    internal partial object UnhandledMessageOf(object occurrence) => ((UnhandledMessage)occurrence).Message;

    private sealed class Unblock(ActorSpec spec) : IDisposable
    {
        public void Dispose()
        {
            spec._blocked = false;
            spec.Settle();
        }
    }

    /// <summary>No actor is behind it: it keeps what it is told where the teller runs.</summary>
    private sealed class Probe(ActorSpec spec) : InternalActorRef, IProbe
    {
        private readonly Queue<Envelope> _received = new();
        private bool _stopped;

        public override ActorPath Path { get; } = new("specs", null, "probe");

        public IActorRef Ref => this;

        public IActorRef? LastSender { get; private set; }

        public override void Tell(object message, IActorRef? sender)
        {
            if (!_stopped)
            {
                _received.Enqueue(new Envelope(message, sender));
            }
        }

        public T ExpectMsg<T>()
        {
            spec.Settle();
            Assert.True(_received.Count > 0, $"No message came; a {typeof(T).Name} was expected.");
            var (message, sender) = _received.Dequeue();
            LastSender = sender;
            return Assert.IsType<T>(message, exactMatch: false);
        }

        public void ExpectNoMsg()
        {
            spec.Settle();
            Assert.Empty(_received.Select(envelope => envelope.Message));
        }

        public IReadOnlyList<object> TakeAll()
        {
            spec.Settle();
            var all = _received.Select(envelope => envelope.Message).ToList();
            _received.Clear();
            return all;
        }

        public void Stop() => _stopped = true;
    }
}
