namespace NatsActors.Kernel;

/// <summary>Handles one message.</summary>
internal delegate void UntypedReceive(object message);

/// <summary>
/// An actor: its fields are touched by one message at a time. Made by <see cref="IActorRefFactory.ActorOf"/> only, and made anew
/// by a restart.
/// </summary>
internal abstract class UntypedActor
{
    private readonly ActorCell _cell = ActorCell.Current ?? throw new ActorInitializationException(
        null, "An actor is created by ActorOf(Props), not with new: it needs a cell");

    /// <summary>The context of the actor that runs on this thread.</summary>
    /// <exception cref="NotSupportedException">No actor runs here, for instance behind an await.</exception>
    protected static IUntypedActorContext Context => ActorCell.Current ?? throw new NotSupportedException(
        "There is no active actor on this thread: Context must not be used behind an await or on another thread");

    protected IActorRef Self => _cell.Self;

    /// <summary>The sender of the message at hand; the system's dead letters when there is none.</summary>
    protected IActorRef Sender => _cell.Sender;

    internal void Receive(object message) => OnReceive(message);

    internal void RunPreStart() => PreStart();

    internal void RunPostStop() => PostStop();

    internal void RunPreRestart(Exception reason, object? message) => PreRestart(reason, message!);

    internal void RunPostRestart(Exception reason) => PostRestart(reason);

    internal SupervisorStrategy MakeStrategy() => SupervisorStrategy();

    protected abstract void OnReceive(object message);

    /// <summary>Handles the messages from the next one on with <paramref name="receive"/>; a restart goes back to OnReceive.</summary>
    protected void Become(UntypedReceive receive) => _cell.Become(receive);

    /// <summary>Publishes an <see cref="UnhandledMessage"/>; an unhandled <see cref="Terminated"/> is an error, as watching promises to handle it.</summary>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
        {
            throw new DeathPactException(terminated.ActorRef);
        }

        _cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    protected virtual void PreStart()
    {
    }

    protected virtual void PostStop()
    {
    }

#nullable disable annotations // As in Akka.NET, whose signatures say nothing of null: the message is null when none was being handled.
    /// <summary>Runs on the old instance; stops the children and calls <see cref="PostStop"/> unless overridden.</summary>
    protected virtual void PreRestart(Exception reason, object message)
    {
        foreach (var child in _cell.GetChildren())
        {
            _cell.Unwatch(child);
            _cell.Stop(child);
        }

        PostStop();
    }
#nullable restore annotations

    /// <summary>Runs on the new instance; calls <see cref="PreStart"/> unless overridden.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    protected virtual SupervisorStrategy SupervisorStrategy() => Kernel.SupervisorStrategy.DefaultStrategy;
}
