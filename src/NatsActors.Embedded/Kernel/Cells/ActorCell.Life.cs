using System.Diagnostics.CodeAnalysis;

namespace NatsActors.Kernel;

/// <content>
/// Creation, failure, restart and end, after Akka's rules: an actor that failed is suspended, with its children, until its
/// parent has decided; a restart or end waits until the children that were told to stop have ended. Every suspension is taken
/// back by exactly one resume or recreate.
/// </content>
[SuppressMessage("Design", "CA1031", Justification = "What an actor throws is its supervisor's to judge.")]
internal sealed partial class ActorCell
{
    private UntypedActor? _actor;
    private TimerScheduler? _timers;
    private List<SystemMessage>? _stash;
    private Action? _whenChildrenStopped;
    private object? _failedMessage;
    private int _suspensions;
    private bool _failed;
    private bool _terminating;
    private bool _terminated;

    private CellState State =>
        _whenChildrenStopped is not null ? CellState.WaitingForChildren
        : _suspensions > 0 ? CellState.Suspended
        : CellState.Running;

    private void HandleSystem(SystemMessage message)
    {
        if (_terminated)
        {
            Refuse(message);
            return;
        }

        var before = State;
        if (before >= message.WaitsIn)
        {
            (_stash ??= []).Add(message);
            return;
        }

        switch (message)
        {
            case SystemMessage.Create: Create(); break;
            case SystemMessage.Suspend: Suspend(); break;
            case SystemMessage.Resume resume: Resume(resume.AfterOwnFailure); break;
            case SystemMessage.Recreate recreate: Recreate(recreate.Cause); break;
            case SystemMessage.Terminate: Terminate(); break;
            case SystemMessage.Failed failed: Judge(failed.Child, failed.Cause); break;
            case SystemMessage.Watch watch: AddWatcher(watch.Watcher); break;
            case SystemMessage.Unwatch unwatch: RemoveWatcher(unwatch.Watcher); break;
            case SystemMessage.WatchedTerminated ended: WatchedEnded(ended.Actor); break;
        }

        if (_stash is { } stash && State < before)
        {
            _stash = null;
            stash.ForEach(HandleSystem);
        }
    }

    private void NewInstance()
    {
        _sender = null; // the hooks of a new instance answer no one's message
        var actor = Props.NewActor() ?? throw new ActorInitializationException(_self, "Props made no actor");
        if (actor is IWithTimers withTimers)
        {
            withTimers.Timers = _timers = new TimerScheduler(_self, System.Time);
        }

        _actor = actor;
        _receive ??= actor.Receive; // unless the constructor became something else
    }

    private void Create()
    {
        try
        {
            NewInstance();
            _actor!.RunPreStart();
        }
        catch (Exception cause)
        {
            DropInstance();
            Fail(cause as ActorInitializationException
                ?? new ActorInitializationException(_self, "Exception during creation", cause), null);
        }
    }

    private void DropInstance()
    {
        _timers?.CancelAll();
        _timers = null;
        _actor = null;
        _receive = null;
    }

    /// <summary>Stops handling messages and asks the parent what to do. <paramref name="perpetrator"/> is the child whose failure this one takes over.</summary>
    private void Fail(Exception cause, LocalActorRef? perpetrator, bool childrenAreSuspended = false)
    {
        if (_failed)
        {
            return;
        }

        _failed = true;
        _perpetrator = perpetrator;
        _suspensions++;
        if (!childrenAreSuspended)
        {
            SuspendChildren(except: perpetrator);
        }

        if (_parent is null)
        {
            _self.SendSystem(new SystemMessage.Terminate());
        }
        else
        {
            _parent.SendSystem(new SystemMessage.Failed(_self, cause));
        }
    }

    private void Suspend()
    {
        _suspensions++;
        SuspendChildren(except: null);
    }

    /// <summary>A perpetrator is left out: it is suspended by its own failure.</summary>
    private void SuspendChildren(LocalActorRef? except)
    {
        foreach (var child in _children.ToArray())
        {
            if (!ReferenceEquals(child.Child, except))
            {
                child.Child.SendSystem(new SystemMessage.Suspend());
            }
        }
    }

    private void Resume(bool afterOwnFailure)
    {
        if (_actor is null)
        {
            // There is no instance to go on with.
            CreateAnew();
            return;
        }

        var perpetrator = _perpetrator;
        Unsuspend(afterOwnFailure);
        foreach (var child in _children.ToArray())
        {
            child.Child.SendSystem(new SystemMessage.Resume(ReferenceEquals(child.Child, perpetrator)));
        }
    }

    private void Unsuspend(bool clearFailure)
    {
        _suspensions = Math.Max(0, _suspensions - 1);
        if (clearFailure)
        {
            _failed = false;
            _failedMessage = null;
            _perpetrator = null;
        }
    }

    private void Recreate(Exception cause)
    {
        if (_actor is not { } old)
        {
            CreateAnew();
            return;
        }

        _timers?.CancelAll();
        Guarded("PreRestart", () => old.RunPreRestart(cause, _failedMessage));
        DropInstance();
        WhenChildrenStopped(() => FinishRecreate(cause));
    }

    private void FinishRecreate(Exception cause)
    {
        var survivors = _children.ToArray();
        Unsuspend(clearFailure: true);
        try
        {
            NewInstance();
            _actor!.RunPostRestart(cause);
        }
        catch (Exception failure)
        {
            DropInstance();
            Fail(new PostRestartException(_self, failure, cause), null, childrenAreSuspended: true);
            return;
        }

        foreach (var child in survivors)
        {
            child.Child.SendSystem(new SystemMessage.Recreate(cause));
        }
    }

    private void CreateAnew()
    {
        foreach (var child in _children.ToArray())
        {
            Stop(child);
        }

        WhenChildrenStopped(() =>
        {
            Unsuspend(clearFailure: true);
            Create();
        });
    }

    private void Terminate()
    {
        if (_terminating)
        {
            return;
        }

        _terminating = true;
        _failed = true;
        _suspensions++;
        _children.Close();
        foreach (var child in _children.ToArray())
        {
            Stop(child);
        }

        WhenChildrenStopped(FinishTerminate);
    }

    private void FinishTerminate()
    {
        if (_actor is { } actor)
        {
            _timers?.CancelAll();
            Guarded("PostStop", actor.RunPostStop);
        }

        DropInstance();
        _terminated = true;
        System.EventStream.Unsubscribe(_self);
        _mailbox.Close();
        while (_mailbox.TryTake(out var envelope))
        {
            System.PublishDeadLetter(envelope.Message, envelope.Sender, _self);
            _mailbox.Release(envelope.Message);
        }

        TellWatchers();
        _stash?.ForEach(Refuse);
        _stash = null;
        if (_parent is null)
        {
            System.GuardianEnded();
        }
        else
        {
            _parent.SendSystem(new SystemMessage.WatchedTerminated(_self));
        }
    }

    /// <summary>What reaches a cell that has ended: only a watch wants an answer.</summary>
    private void Refuse(SystemMessage message)
    {
        if (message is SystemMessage.Watch watch)
        {
            watch.Watcher.SendSystem(new SystemMessage.WatchedTerminated(_self));
        }
    }

    private void WhenChildrenStopped(Action next)
    {
        if (_children.AnyStopping())
        {
            _whenChildrenStopped = next;
        }
        else
        {
            _whenChildrenStopped = null;
            next();
        }
    }

    private void Guarded(string hook, Action action)
    {
        try
        {
            action();
        }
        catch (Exception cause)
        {
            System.EventStream.Publish(new ActorError(_self, cause, hook));
        }
    }
}
