using Akka.Actor;
using NatsActors.Actors;

namespace NatsActors.Persistence;

/// <summary>
/// Ends the publisher when the actor of the journal's plugin has stopped. Akka.Persistence makes that actor once for a system, so without
/// it no event would be read or written any more, and no call would be answered. The plugin of Akka.Persistence.Sql stops when
/// <c>auto-initialize</c> is on and it cannot create its tables.
/// </summary>
internal sealed class PluginWatch(JournalPort publisher) : UntypedActor
{
    protected override void PreStart() =>
        Context.Watch(Akka.Persistence.Persistence.Instance.Apply(Context.System).JournalFor(publisher.Settings.Durability.Journal));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Terminated:
                publisher.Lost(
                    $"the plugin of the journal {publisher.Settings.Durability.Journal} has stopped, as one with auto-initialize = on does when it "
                    + "cannot create its tables; start the actor system anew, or create the tables before and set auto-initialize = off");
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
