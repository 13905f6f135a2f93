using Akka.Actor;
using Akka.Event;

namespace NatsActors.Diagnostics;

/// <summary>
/// Logs the events of a system's publishers, one line for each event, on the thread that publishes the event. The lines hold
/// no payload and no credential.
/// </summary>
/// <remarks>
/// The journal subscribes to the event stream without a mailbox. The end of an actor system discards the messages in mailboxes, and
/// the last line of a publisher, which counts the messages that were left, must not be lost.
/// </remarks>
/// <param name="provider">The provider of the actor system.</param>
/// <param name="log">The log of the actor system.</param>
internal sealed class EventJournal(IActorRefProvider provider, ILoggingAdapter log) : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "system" / "nats-actors-events";

    public override IActorRefProvider Provider => provider;

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is NatsEvent occurrence)
        {
            var (severity, text) = EventText.Of(occurrence);
            log.Log(Level(severity), null, "{0}", text);
        }
    }

    private static LogLevel Level(EventSeverity severity) => severity switch
    {
        EventSeverity.Error => LogLevel.ErrorLevel,
        EventSeverity.Warning => LogLevel.WarningLevel,
        _ => LogLevel.InfoLevel,
    };
}
