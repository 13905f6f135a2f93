using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using NatsActors.Persistence;

namespace NatsActors.Specs.Journals;

/// <summary>What a journal makes of a request.</summary>
internal enum JournalTurn
{
    /// <summary>It does what it is asked for.</summary>
    Works,

    /// <summary>It does nothing and says so.</summary>
    Fails,

    /// <summary>It does what it is asked for and says that it failed, as when the answer of a database is lost.</summary>
    WorksAndFails,
}

/// <summary>
/// A journal of Akka.Persistence under the spec's control, on the spec's own thread. Keeps the rules of a database: an event's number is
/// given once, and the events of one request are stored together or not at all.
/// </summary>
/// <param name="before">The journal whose events this one has; null for an empty one.</param>
internal sealed class PlayedJournal(PlayedJournal? before = null) : Setup
{
    /// <summary>The path of its section.</summary>
    public const string Plugin = "played-journal";

    private static readonly IOException Down = new("the journal is played, and failed");

    private readonly SortedDictionary<string, SortedDictionary<long, byte[]>> _events = Copy(before);
    private readonly Dictionary<string, long> _highest = before is null ? [] : new(before._highest);
    private readonly Queue<object> _requests = new();

    public static Config Config { get; } = ConfigurationFactory.ParseString(
        $$"""
        {{Plugin}} {
          class = "{{typeof(PlayedJournalActor).AssemblyQualifiedName}}"
          plugin-dispatcher = "akka.actor.default-dispatcher"
        }

        akka.persistence.no-snapshot-store.plugin-dispatcher = "akka.actor.default-dispatcher"
        """);

    /// <summary>Requests wait for <see cref="Next"/>; off answers each at once.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Its process is gone: nothing is stored or answered any more.</summary>
    public bool IsDead { get; set; }

    /// <summary>Requests that wait.</summary>
    public int Waiting => _requests.Count;

    /// <summary>Called with each event whose writer is about to be told that it is stored.</summary>
    public Action<byte[]>? Confirmed { get; set; }

    /// <summary>Called with each event that is stored.</summary>
    public Action<byte[]>? Stored { get; set; }

    /// <summary>The events of a persistence id, in order.</summary>
    public IReadOnlyCollection<byte[]> EventsOf(string persistenceId) =>
        _events.TryGetValue(persistenceId, out var events) ? events.Values : [];

    /// <summary>Answers the oldest request; false when there is none.</summary>
    public bool Next(JournalTurn turn)
    {
        if (!_requests.TryDequeue(out var request))
        {
            return false;
        }

        Answer(request, turn);
        return true;
    }

    public void On(object request)
    {
        if (IsHeld)
        {
            _requests.Enqueue(request);
        }
        else
        {
            Answer(request, JournalTurn.Works);
        }
    }

    private static SortedDictionary<string, SortedDictionary<long, byte[]>> Copy(PlayedJournal? before)
    {
        var copy = new SortedDictionary<string, SortedDictionary<long, byte[]>>(StringComparer.Ordinal);
        foreach (var (id, events) in before?._events ?? [])
        {
            copy.Add(id, new SortedDictionary<long, byte[]>(events));
        }

        return copy;
    }

    private void Answer(object request, JournalTurn turn)
    {
        if (IsDead)
        {
            return;
        }

        switch (request)
        {
            case WriteMessages write:
                Write(write, turn);
                break;
            case ReplayMessages replay:
                Replay(replay, turn);
                break;
            case DeleteMessagesTo delete:
                Delete(delete, turn);
                break;
        }
    }

    private void Write(WriteMessages write, JournalTurn turn)
    {
        var writes = write.Messages.OfType<AtomicWrite>()
            .SelectMany(static atomic => (IEnumerable<IPersistentRepresentation>)atomic.Payload).ToList();
        var isFree = writes.TrueForAll(each => each.SequenceNr > _highest.GetValueOrDefault(each.PersistenceId));
        if (turn != JournalTurn.Fails && isFree)
        {
            writes.ForEach(Store);
        }

        if (turn != JournalTurn.Works || !isFree)
        {
            write.PersistentActor.Tell(new WriteMessagesFailed(Down, writes.Count), ActorRefs.NoSender);
            writes.ForEach(each => write.PersistentActor.Tell(new WriteMessageFailure(each, Down, write.ActorInstanceId), ActorRefs.NoSender));
            return;
        }

        writes.ForEach(each => Confirmed?.Invoke((byte[])each.Payload));
        write.PersistentActor.Tell(WriteMessagesSuccessful.Instance, ActorRefs.NoSender);
        foreach (var each in write.Messages)
        {
            if (each is AtomicWrite atomic)
            {
                foreach (var one in (IEnumerable<IPersistentRepresentation>)atomic.Payload)
                {
                    write.PersistentActor.Tell(new WriteMessageSuccess(one, write.ActorInstanceId), ActorRefs.NoSender);
                }
            }
            else
            {
                write.PersistentActor.Tell(new LoopMessageSuccess(each.Payload, write.ActorInstanceId), ActorRefs.NoSender);
            }
        }
    }

    private void Store(IPersistentRepresentation each)
    {
        if (!_events.TryGetValue(each.PersistenceId, out var events))
        {
            _events.Add(each.PersistenceId, events = []);
        }

        events.Add(each.SequenceNr, (byte[])each.Payload);
        _highest[each.PersistenceId] = each.SequenceNr;
        Stored?.Invoke((byte[])each.Payload);
    }

    private void Replay(ReplayMessages replay, JournalTurn turn)
    {
        if (turn == JournalTurn.Fails)
        {
            replay.PersistentActor.Tell(new ReplayMessagesFailure(Down), ActorRefs.NoSender);
            return;
        }

        var events = _events.GetValueOrDefault(replay.PersistenceId) ?? [];
        // A reading may fail in its middle.
        foreach (var (number, each) in events.Take(turn == JournalTurn.Works ? int.MaxValue : (events.Count + 1) / 2))
        {
            replay.PersistentActor.Tell(
                new ReplayedMessage(new Persistent(each, number, replay.PersistenceId, "", false, ActorRefs.NoSender, "")), ActorRefs.NoSender);
        }

        replay.PersistentActor.Tell(
            turn == JournalTurn.Works
                ? new RecoverySuccess(_highest.GetValueOrDefault(replay.PersistenceId))
                : new ReplayMessagesFailure(Down),
            ActorRefs.NoSender);
    }

    private void Delete(DeleteMessagesTo delete, JournalTurn turn)
    {
        if (turn != JournalTurn.Fails && _events.TryGetValue(delete.PersistenceId, out var events))
        {
            foreach (var number in events.Keys.Where(number => number <= delete.ToSequenceNr).ToList())
            {
                events.Remove(number);
            }
        }

        delete.PersistentActor.Tell(
            turn == JournalTurn.Works
                ? new DeleteMessagesSuccess(delete.ToSequenceNr)
                : new DeleteMessagesFailure(Down, delete.ToSequenceNr),
            ActorRefs.NoSender);
    }
}

/// <summary>The journal's actor, as Akka.Persistence makes it of the section's class.</summary>
internal sealed class PlayedJournalActor : UntypedActor
{
    private readonly PlayedJournal _journal = Context.System.Settings.Setup.Get<PlayedJournal>().Value;

    protected override void OnReceive(object message) => _journal.On(message);
}
