using NatsActors.Actors;

namespace NatsActors.Embedded.Tests.Crashes;

/// <summary>Where an actor fails: at the first message of a kind that comes to it.</summary>
/// <param name="Actor">The child of the publisher.</param>
/// <param name="Kind">The type of the message.</param>
/// <param name="After">Behind the message instead of before it.</param>
public sealed record CrashPoint(string Actor, string Kind, bool After)
{
    public override string ToString() => $"{Actor}, {(After ? "after" : "before")} {Kind}";
}

/// <summary>
/// Sees every message that comes to a child, and makes the child fail at the point. Timers are the kernel's own and do not pass
/// here. What it lets in and out is counted by the bound that it stands before, if there is one.
/// </summary>
internal sealed class CrashTap(
    string actor, CrashPoint? point, Func<IActorRef> self, ISet<(string Actor, string Kind)> seen, IMailboxBound? bound) : IMailboxBound
{
    private bool _done;

    public bool TryAdmit(object message)
    {
        if (message is not Fail)
        {
            seen.Add((actor, message.GetType().Name));
        }

        CrashAt(message, after: false);
        return bound?.TryAdmit(message) ?? true;
    }

    public void Refuse(object message, IActorRef? sender) => bound!.Refuse(message, sender);

    public void Release(object message)
    {
        bound?.Release(message);
        CrashAt(message, after: true);
    }

    public void Settle() => bound?.Settle();

    public void Withdraw(object message) => bound?.Withdraw(message);

    private void CrashAt(object message, bool after)
    {
        if (!_done && point is not null && point.Actor == actor && point.After == after && point.Kind == message.GetType().Name)
        {
            _done = true;
            self().Tell(new Fail($"{point}"), ActorRefs.NoSender!);
        }
    }
}
