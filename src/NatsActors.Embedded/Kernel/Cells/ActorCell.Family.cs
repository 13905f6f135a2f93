using System.Diagnostics.CodeAnalysis;

namespace NatsActors.Kernel;

/// <content>Children and their supervision, and death watch.</content>
[SuppressMessage("Design", "CA1031", Justification = "What an actor throws is its supervisor's to judge.")]
internal sealed partial class ActorCell
{
    private readonly Children _children = new();
    private HashSet<InternalActorRef>? _watchedBy;
    private HashSet<IActorRef>? _watching;
    private HashSet<IActorRef>? _terminatedInMailbox;
    private LocalActorRef? _perpetrator;
    private SupervisorStrategy? _strategy;
    private UntypedActor? _strategyOf;

    public IActorRef ActorOf(Props props, string? name = null)
    {
        if (name is not null && (name.Length == 0 || name[0] == '$' || name.AsSpan().ContainsAny("/ ")))
        {
            throw new InvalidActorNameException(
                name.Length == 0 ? "Actor name must not be empty." : $"Illegal actor name [{name}]: no leading $, no slash, no space");
        }

        var child = _children.Add(name, actual => new ActorCell(System, props, _self, actual).Self);
        child.Cell.Start();
        return child;
    }

    public void Stop(IActorRef actor)
    {
        if (_children.TryFind(actor, out var child))
        {
            Stop(child);
        }
        else if (actor is LocalActorRef other)
        {
            other.SendSystem(new SystemMessage.Terminate());
        }
    }

    public IActorRef Child(string name) => _children.Find(name)?.Child ?? ActorRefs.Nobody;

    public IEnumerable<IActorRef> GetChildren() => _children.ToArray().Select(child => child.Child);

    public IActorRef Watch(IActorRef subject)
    {
        if (subject is InternalActorRef watched && !ReferenceEquals(watched, _self) && (_watching ??= []).Add(watched))
        {
            watched.SendSystem(new SystemMessage.Watch(_self));
        }

        return subject;
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        if (_watching?.Remove(subject) == true)
        {
            ((InternalActorRef)subject).SendSystem(new SystemMessage.Unwatch(_self));
        }

        _terminatedInMailbox?.Remove(subject);
        return subject;
    }

    private static void Stop(ChildStats child)
    {
        child.Stopping = true;
        child.Child.SendSystem(new SystemMessage.Terminate());
    }

    private void Judge(LocalActorRef childRef, Exception cause)
    {
        if (!_children.TryFind(childRef, out var child))
        {
            return;
        }

        try
        {
            var strategy = Strategy();
            var directive = strategy.Decide(cause);
            if (directive == Directive.Restart && !strategy.MayRestart(child, System.Time))
            {
                directive = Directive.Stop;
            }

            if (directive != Directive.Escalate)
            {
                System.EventStream.Publish(new ActorError(childRef, cause, directive.ToString()));
            }

            Apply(directive, child, cause);
        }
        catch (Exception own)
        {
            Fail(own, childRef);
        }
    }

    private void Apply(Directive directive, ChildStats child, Exception cause)
    {
        switch (directive)
        {
            case Directive.Resume:
                child.Child.SendSystem(new SystemMessage.Resume(afterOwnFailure: true));
                break;
            case Directive.Restart:
                child.Child.SendSystem(new SystemMessage.Recreate(cause));
                break;
            case Directive.Stop:
                Stop(child);
                break;
            default:
                Fail(cause, child.Child);
                break;
        }
    }

    /// <summary>One strategy an instance, as it may count.</summary>
    private SupervisorStrategy Strategy()
    {
        if (_strategy is null || !ReferenceEquals(_strategyOf, _actor))
        {
            _strategy = _actor?.MakeStrategy() ?? SupervisorStrategy.DefaultStrategy;
            _strategyOf = _actor;
        }

        return _strategy;
    }

    private void AddWatcher(InternalActorRef watcher) => (_watchedBy ??= []).Add(watcher);

    private void RemoveWatcher(InternalActorRef watcher) => _watchedBy?.Remove(watcher);

    /// <summary>
    /// Goes through the mailbox, behind what the actor had sent before it ended. A child is let go first, so that its name is free
    /// when the message is handled.
    /// </summary>
    private void WatchedEnded(InternalActorRef actor)
    {
        if (_children.TryFind(actor, out _))
        {
            _children.Remove(actor);
        }

        if (_watching?.Remove(actor) == true && !_terminating)
        {
            (_terminatedInMailbox ??= []).Add(actor);
            _self.Tell(new Terminated(actor, existenceConfirmed: true, addressTerminated: false), actor);
        }

        if (_whenChildrenStopped is { } next && !_children.AnyStopping())
        {
            _whenChildrenStopped = null;
            next();
        }
    }

    private bool AcceptTerminated(IActorRef actor) => _terminatedInMailbox?.Remove(actor) == true;

    private void TellWatchers()
    {
        foreach (var watcher in _watchedBy ?? [])
        {
            if (!ReferenceEquals(watcher, _parent))
            {
                watcher.SendSystem(new SystemMessage.WatchedTerminated(_self));
            }
        }

        foreach (var watched in _watching ?? [])
        {
            ((InternalActorRef)watched).SendSystem(new SystemMessage.Unwatch(_self));
        }

        _watchedBy = null;
        _watching = null;
    }
}
