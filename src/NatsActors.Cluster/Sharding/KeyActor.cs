using Akka.Actor;
using Akka.Cluster.Sharding;
using NatsActors.Actors;

namespace NatsActors.Cluster.Sharding;

/// <summary>
/// The entity of one key: owns the key's publisher and passes what it gets to it. Ends the publisher before it ends itself, so that the
/// next node never starts a publisher beside it: when the shard moves, within the hand-off time; for being idle, only with an empty
/// buffer. A publisher that ends for a cause is started anew, with back-off, and until then the entity answers with the cause.
/// </summary>
internal sealed class KeyActor : UntypedActor, IWithTimers
{
    private const string PublisherName = "publisher";
    private const int MostDoublings = 5;

    /// <summary>A drain without a limit: an idle publisher loses nothing for being idle.</summary>
    private static readonly TimeSpan Forever = TimeSpan.FromDays(10_000);

    /// <summary>How long after a drain's limit its answer may come.</summary>
    private static readonly TimeSpan AnswerMargin = TimeSpan.FromMilliseconds(800);

    private readonly ShardedType _type;
    private readonly string _key;
    private IActorRef? _publisher;
    // Why the publisher takes nothing; null while it runs.
    private string? _fault;
    private long _lastUse;
    private long _begunAt;
    private int _failures;
    private bool _emptying;

    public KeyActor(ShardedType type, string key)
    {
        _type = type;
        _key = key;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Arm();
        Begin();
    }

    /// <summary>A restart keeps the publisher: a fault of the entity costs no message.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
        Arm();
        var publisher = Context.Child(PublisherName);
        _publisher = publisher.IsNobody() ? null : publisher;
        if (_publisher is null)
        {
            Begin();
        }
        else if (_type.Find(_key)?.Buffer.Result is not null)
        {
            StopOld();
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case IdleTick:
                if (IsIdle())
                {
                    // The shard keeps messages for the key from now on, and sends the stop message behind those that are on their way.
                    Context.Parent.Tell(new Passivate(StopWhenEmpty.Instance));
                }

                break;
            case StopWhenEmpty:
                _emptying = true;
                Become(Emptying);
                Empty();
                break;
            default:
                Common(message);
                break;
        }
    }

    /// <summary>
    /// The shard waits for the end. Whatever is left in the buffer, or in a journal, is sent first. A drain of somebody else ends the
    /// publisher before: the next one sends what a journal has kept. The publisher answers drains before its owner hears of its end, so
    /// a drain that was complete stops the entity first.
    /// </summary>
    private void Emptying(object message)
    {
        switch (message)
        {
            case Drained { Complete: true }:
                Context.Stop(Self);
                break;
            case IdleTick:
                break;
            default:
                Common(message);
                break;
        }
    }

    /// <summary>The shard moves: the publisher has the hand-off time.</summary>
    private void Leaving(object message)
    {
        switch (message)
        {
            case Drained or Terminated or PublisherGone:
                Context.Stop(Self);
                break;
            case TimeIsUp:
                _type.Logger.HandOffForced(_type.Name, _key, _type.Sharding.HandOffTime + AnswerMargin);
                Context.Stop(Self);
                break;
            case IdleTick or StartAgain or HandOff or StopWhenEmpty:
                break;
            case IContractMessage command:
                Pass(command);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Common(object message)
    {
        switch (message)
        {
            case HandOff:
                Leave();
                break;
            case PublisherGone gone:
                if (gone.Publisher.Equals(_publisher))
                {
                    // A sender may know the publisher's own reference, from a reply.
                    Failed(gone.Cause ?? "it was drained by somebody else");
                }

                break;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                break;
            case StartAgain:
                StopOld();
                break;
            case Drained:
                // Of a publisher that has ended for a cause. The next one empties what this one has kept.
                break;
            case IContractMessage command:
                Pass(command);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnTerminated(IActorRef publisher)
    {
        if (publisher.Equals(_publisher))
        {
            _publisher = null;
            Failed("its actor was stopped");
        }
        else if (_publisher is null && !Timers.IsTimerActive(nameof(StartAgain)))
        {
            Begin();
        }
    }

    private void Arm()
    {
        _lastUse = _type.Time.GetTimestamp();
        Timers.StartPeriodicTimer(nameof(IdleTick), IdleTick.Instance, _type.Sharding.IdleAfter / 2);
    }

    /// <summary>On the entity's thread through the publisher's door: order stays, and the publisher answers the sender itself.</summary>
    private void Pass(IContractMessage command)
    {
        _lastUse = _type.Time.GetTimestamp();
        if (command is UnknownMessage unknown)
        {
            Sender.Tell(unknown.ToReply());
        }
        else if (_fault is null && _publisher is not null)
        {
            _publisher.Forward(command);
        }
        else
        {
            Sender.Tell(KeyRefusal.Of(command, $"the publisher of the key '{_key}' of {_type.Name} has ended, and is started anew soon: {_fault}"));
        }
    }

    private void Begin()
    {
        _begunAt = _type.Time.GetTimestamp();
        try
        {
            var (self, key) = (Self, _key);
            var props = _type.PropsOf(key, (parts, cause) => self.Tell(new PublisherGone(parts.Door.Publisher, cause)));
            _publisher = Context.Watch(Context.ActorOf(props, PublisherName));
            _fault = null;
        }
        catch (Exception error)
        {
            _publisher = null;
            Failed($"it could not start: {error.Message}");
        }

        if (_emptying)
        {
            Empty();
        }
    }

    private void Failed(string cause)
    {
        if (Timers.IsTimerActive(nameof(StartAgain)))
        {
            return;
        }

        _fault = cause;
        // One that has run for long has not failed for the cause of the one before.
        _failures = _type.Time.GetElapsedTime(_begunAt) >= _type.Sharding.RestartAfter * (1 << MostDoublings) ? 0 : _failures;
        var after = _type.Sharding.RestartAfter * (1 << Math.Min(_failures++, MostDoublings));
        _type.Logger.KeyEnded(_type.Name, _key, cause, after);
        Timers.StartSingleTimer(nameof(StartAgain), StartAgain.Instance, after);
    }

    /// <summary>The next publisher starts when the one before is gone, because both have one name.</summary>
    private void StopOld()
    {
        if (_publisher is not { } old)
        {
            Begin();
            return;
        }

        _publisher = null;
        Context.Stop(old);
    }

    /// <summary>A publisher that has ended is idle only without a journal: there is nothing that it could have kept.</summary>
    private bool IsIdle()
    {
        if (_type.Time.GetElapsedTime(_lastUse) < _type.Sharding.IdleAfter)
        {
            return false;
        }

        if (_fault is not null)
        {
            return _type.Journal.Length == 0;
        }

        return _type.Find(_key)?.Buffer is { JournalUp: not false } buffer
            && buffer.Status() is { BufferedMessages: 0, UndurableMessages: 0, Waiting: 0, JournalDownFor: null };
    }

    private void Empty()
    {
        if (_fault is null && _publisher is not null)
        {
            _publisher.Tell(new Drain(Forever));
        }
        else if (_type.Journal.Length == 0)
        {
            Context.Stop(Self);
        }
    }

    private void Leave()
    {
        Become(Leaving);
        if (_fault is not null || _publisher is null)
        {
            Context.Stop(Self);
            return;
        }

        _publisher.Tell(new Drain(_type.Sharding.HandOffTime));
        Timers.StartSingleTimer(nameof(TimeIsUp), TimeIsUp.Instance, _type.Sharding.HandOffTime + AnswerMargin);
    }

    /// <summary>What the shard tells an entity when it moves.</summary>
    internal sealed record HandOff : INoSerializationVerificationNeeded
    {
        public static HandOff Instance { get; } = new();
    }

    private sealed record PublisherGone(IActorRef Publisher, string? Cause) : INoSerializationVerificationNeeded;

    private sealed record StopWhenEmpty : INoSerializationVerificationNeeded
    {
        public static StopWhenEmpty Instance { get; } = new();
    }

    private sealed record IdleTick : INoSerializationVerificationNeeded
    {
        public static IdleTick Instance { get; } = new();
    }

    private sealed record StartAgain : INoSerializationVerificationNeeded
    {
        public static StartAgain Instance { get; } = new();
    }

    private sealed record TimeIsUp : INoSerializationVerificationNeeded
    {
        public static TimeIsUp Instance { get; } = new();
    }
}
