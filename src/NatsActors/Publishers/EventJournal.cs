using Akka.Event;

namespace NatsActors;

/// <summary>
/// Logs what happens to the publishers of a system, one line for each event, and forgets publishers that have ended. The lines
/// hold no payload and no credential.
/// </summary>
internal sealed class EventJournal(RunningPublishers running) : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(NatsEvent));

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NatsEvent occurrence:
                var (severity, text) = EventText.Of(occurrence);
                _log.Log(Level(severity), null, "{0}", text);
                break;
            case Watch watch:
                Context.Watch(watch.Publisher);
                break;
            case Terminated terminated:
                running.Forget(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static LogLevel Level(EventSeverity severity) => severity switch
    {
        EventSeverity.Error => LogLevel.ErrorLevel,
        EventSeverity.Warning => LogLevel.WarningLevel,
        _ => LogLevel.InfoLevel,
    };

    /// <summary>A publisher has been started.</summary>
    internal sealed record Watch(IActorRef Publisher);
}
