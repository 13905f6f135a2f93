namespace NatsActors.Actors;

/// <summary>
/// Who got a <see cref="BufferFull"/> and is owed a <see cref="CapacityAvailable"/>. A refusal and the note of it are one step
/// for whoever tells of capacity, also when other threads refuse: a sender hears of capacity once after a refusal, and never
/// before it.
/// </summary>
internal sealed class RefusedSenders
{
    // Every sender may be a new one: beyond this many nobody is noted any more.
    private const int Max = 10_000;

    private readonly Lock _gate = new();
    private readonly HashSet<IActorRef> _senders = [];
    private int _count;

    public bool Any => Volatile.Read(ref _count) > 0;

    public void Refuse(IActorRef sender, object refusal, IActorRef from)
    {
        lock (_gate)
        {
            sender.Tell(refusal, from);
            if (_senders.Count < Max)
            {
                _senders.Add(sender);
                Volatile.Write(ref _count, _senders.Count);
            }
        }
    }

    public void TellCapacity(CapacityAvailable capacity, IActorRef from)
    {
        lock (_gate)
        {
            // A sender that is run where it is told may be refused again meanwhile.
            IActorRef[] senders = [.. _senders];
            Forget();
            foreach (var sender in senders)
            {
                sender.Tell(capacity, from);
            }
        }
    }

    public void Forget()
    {
        lock (_gate)
        {
            _senders.Clear();
            Volatile.Write(ref _count, 0);
        }
    }
}
