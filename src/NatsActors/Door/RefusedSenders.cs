using Akka.Actor;

namespace NatsActors.Door;

/// <summary>
/// Who got a <see cref="BufferFull"/> and is owed a <see cref="CapacityAvailable"/>. Called under the lock of
/// <see cref="GuardedBuffer"/>.
/// </summary>
/// <remarks>
/// The reference of an <c>Ask</c> is gone by the time capacity comes and is not noted. Every sender may be a new one, so at most
/// <see cref="Max"/> are noted; a sender that is not noted hears <see cref="OverflowEnded"/> on the event stream, which is published at
/// the same moment.
/// </remarks>
internal sealed class RefusedSenders
{
    /// <summary>Senders that are noted.</summary>
    public const int Max = 100_000;

    private HashSet<IActorRef> _senders = [];

    public bool Any => _senders.Count > 0;

    public void Note(IActorRef sender)
    {
        if (_senders.Count < Max && !IsTemporary(sender))
        {
            _senders.Add(sender);
        }
    }

    /// <summary>All who were noted; nobody is noted afterwards.</summary>
    public IReadOnlyCollection<IActorRef> Take()
    {
        if (_senders.Count == 0)
        {
            return [];
        }

        var senders = _senders;
        _senders = [];
        return senders;
    }

    /// <summary>Akka.NET puts the references of Asks, local and remote, below <c>/temp</c>.</summary>
    private static bool IsTemporary(IActorRef sender) => sender.Path.Parent is { Name: "temp" };
}
