using Akka.Actor;
using NatsActors.Door;

namespace NatsActors.Actors;

/// <summary>
/// The head of a publisher: supervises the buffer actor and the connection actor, one for one. What must outlive them is in
/// <see cref="PublisherParts"/>, so that a crash of either loses nothing. However the head stops, everybody gets an answer.
/// Publishes and commands never come here: the door (<see cref="Door.PublishDoor"/>) takes them on the teller's thread.
/// </summary>
internal sealed class PublisherActor(PublisherParts parts) : UntypedActor
{
    /// <summary>Restarts of the children within <see cref="RestartsWithin"/> that a publisher survives.</summary>
    public const int MaxRestarts = 30;

    /// <summary>The time in which restarts of the children count together.</summary>
    public static readonly TimeSpan RestartsWithin = TimeSpan.FromMinutes(1);

    // On the publisher's clock, which the time range of Akka.NET's own strategies does not know.
    private readonly Queue<long> _restarts = new();
    private long _now;
    private IDisposable? _metrics;
    private string? _lastFailure;
    // Why the publisher ends: the first child that has stopped.
    private string? _cause;

    protected override void PreStart()
    {
        parts.Door.Publisher = Self;
        try
        {
            parts.Starting?.Invoke(Self);
            Begin();
        }
        catch (Exception error)
        {
            PublisherEnd.Run(parts, $"the publisher could not start: {error.Message}");
            throw;
        }
    }

    /// <summary>A restart of the head makes its children anew and goes on with the same parts: nothing ends.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        _metrics?.Dispose();
        foreach (var child in Context.GetChildren())
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }
    }

    protected override void PostRestart(Exception reason)
    {
        parts.Door.Publisher = Self;
        Begin();
    }

    protected override void PostStop()
    {
        PublisherEnd.Run(parts, "the publisher's actor was stopped", onlyWhenLeft: true);
        _metrics?.Dispose();
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(error =>
        {
            _lastFailure = $"{error.GetType().Name}: {(error.InnerException ?? error).Message}";
            var now = Now();
            while (_restarts.TryPeek(out var first) && now - first >= RestartsWithin.TotalMilliseconds)
            {
                _restarts.Dequeue();
            }

            _restarts.Enqueue(now);
            return _restarts.Count > parts.MaxRestarts ? Directive.Stop : Directive.Restart;
        });

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Terminated { ActorRef: var child }:
                if (!parts.Buffer.IsOver)
                {
                    EndFor(child);
                }

                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>
    /// The time, or the last time that there was. A decider that throws fails the head in place of the child, and the head's own
    /// supervisor may restart it for ever.
    /// </summary>
    private long Now()
    {
        try
        {
            return _now = parts.Clock.Now();
        }
        catch (Exception)
        {
            return _now;
        }
    }

    private void Begin()
    {
        _metrics = parts.Owner is null ? PublisherMetrics.Measure(parts.Settings.Name, parts.Buffer) : null;
        var buffer = Context.Watch(Context.ActorOf(OnDispatcher(Props.Create(() => new BufferActor(parts))), "buffer"));
        var connection = Context.Watch(Context.ActorOf(OnDispatcher(Props.Create(() => new ConnectionActor(parts, buffer))), "connection"));
        parts.Door.Open(buffer, connection);
        // The two have run since they were made. What the door let pass until it was open has woken nobody, and what the buffer actor had
        // to tell the connection actor has reached nobody.
        buffer.Tell(Wake.Instance, Self);
        if (parts.Buffer.DrainDeadline is not null)
        {
            connection.Tell(new DrainBegun(), Self);
        }

        if (parts.Buffer.IsOver)
        {
            connection.Tell(new PublisherEnded(), Self);
        }

        if (parts.JournalPlan is { } plan)
        {
            // Behind the other two: the journal's actor tells them what it has read.
            var journal = parts.Door.JournalActor = Context.Watch(Context.ActorOf(OnDispatcher(plan.Props(parts.JournalPort!)), "journal"));
            journal.Tell(JournalDue.Instance, Self);
            if (parts.Buffer.IsOver)
            {
                journal.Tell(new PublisherEnded(), Self);
            }
        }
    }

    /// <summary>Local, so that <c>serialize-creators = on</c> does not serialize the parts of a publisher.</summary>
    private Props OnDispatcher(Props props)
    {
        var local = props.WithDeploy(Deploy.Local);
        return parts.Dispatcher is { } dispatcher ? local.WithDispatcher(dispatcher) : local;
    }

    /// <summary>
    /// A child is only stopped when its restarts are used up: without it there is no publisher. The buffer actor ends the publisher, behind
    /// what it is doing; this actor does so in its place only when it is the one that has stopped.
    /// </summary>
    private void EndFor(IActorRef child)
    {
        parts.HasFailed |= parts.Buffer.Result is null;
        _cause ??= $"the {child.Path.Name} actor failed; there were {parts.MaxRestarts} restarts within {RestartsWithin.TotalSeconds:0} s before ({_lastFailure})";
        if (!child.Equals(parts.Door.BufferActor))
        {
            parts.Door.BufferActor!.Tell(new ActorLost(_cause), Self);
            return;
        }

        PublisherEnd.Run(parts, _cause);
        foreach (var other in Context.GetChildren())
        {
            Context.Stop(other);
        }
    }
}
