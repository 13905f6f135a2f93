using Akka.Actor;
using Akka.Persistence;
using NatsActors.Actors;

namespace NatsActors.Persistence;

/// <summary>All damaged events are kept aside.</summary>
internal sealed record DamagedKept : INoSerializationVerificationNeeded
{
    public static DamagedKept Instance { get; } = new();
}

/// <summary>The journal failed to keep damaged events aside.</summary>
internal sealed record DamagedNotKept(Exception Cause) : INoSerializationVerificationNeeded;

/// <summary>
/// Keeps events that cannot be read under a persistence id of their own, byte for byte, so that the events around them can be deleted.
/// Tells its parent when that is done, or has failed. Akka.Persistence stops the actor after a failure.
/// </summary>
internal sealed class DamagedEvents : UntypedPersistentActor
{
    private readonly IReadOnlyList<byte[]> _damaged;
    private readonly List<byte[]> _kept = [];

    public DamagedEvents(JournalPort publisher, IReadOnlyList<byte[]> damaged)
    {
        _damaged = damaged;
        PersistenceId = IdOf(publisher);
        JournalPluginId = publisher.Settings.Durability.Journal;
        SnapshotPluginId = JournalActor.NoSnapshots;
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery { get; } = new(SnapshotSelectionCriteria.None);

    public static string IdOf(JournalPort publisher) => publisher.PersistenceId + "-damaged";

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case byte[] kept:
                _kept.Add(kept);
                break;
            case RecoveryCompleted:
                // A start before this one may have kept some and not deleted them from the journal.
                var missing = _damaged.Where(one => !_kept.Exists(other => other.AsSpan().SequenceEqual(one))).ToList();
                PersistAll(missing, static _ => { });
                DeferAsync(DamagedKept.Instance, done =>
                {
                    Context.Parent.Tell(done);
                    Context.Stop(Self);
                });
                break;
        }
    }

    protected override void OnCommand(object message) => Unhandled(message);

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Fail(cause);

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Fail(cause);

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => Fail(reason);

    private static void Fail(Exception cause) => Context.Parent.Tell(new DamagedNotKept(cause));
}
