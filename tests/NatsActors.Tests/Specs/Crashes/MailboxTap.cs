using Akka.Actor;
using Akka.Dispatch;

namespace NatsActors.Specs.Crashes;

/// <summary>
/// Sees every message that enters the mailbox of a publisher's child, timers' messages too, and makes one child fail next to one of
/// them: a <see cref="Kill"/> enters the mailbox directly before or directly behind the message, so nothing comes between the two.
/// </summary>
internal sealed class MailboxTap(CrashPoint? point)
{
    private readonly HashSet<(string Actor, string Kind)> _seen = [];
    private bool _done;

    /// <summary>The kinds of messages that came to each child.</summary>
    public IReadOnlySet<(string Actor, string Kind)> Seen => _seen;

    public IReadOnlyList<Envelope> Pass(ActorPath owner, Envelope envelope)
    {
        // Only the publisher's children are that deep below the guardian of users' actors, and the journal's child.
        var actor = owner.Elements switch
        {
            ["user", _, var child] => child,
            ["user", _, "journal", var child] => child,
            _ => null,
        };
        if (actor is null || envelope.Message is Kill)
        {
            return [envelope];
        }

        var kind = KindOf(envelope.Message);
        _seen.Add((actor, kind));
        if (_done || point is null || (point.Actor, point.Kind) != (actor, kind))
        {
            return [envelope];
        }

        _done = true;
        var kill = new Envelope(Kill.Instance, ActorRefs.NoSender);
        return point.After ? [envelope, kill] : [kill, envelope];
    }

    /// <summary>The message's type, or <c>Timer</c> and the name of the message that a timer brings.</summary>
    private static string KindOf(object message) => message is IWrappedMessage { Message: var timers }
        ? $"Timer {(timers is Enum ? timers : timers.GetType().Name)}"
        : message.GetType().Name;
}
