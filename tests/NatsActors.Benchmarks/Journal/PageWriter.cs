using System.Diagnostics;
using Akka.Actor;
using Akka.Persistence;
using NatsActors.Benchmarks.Latency;

namespace NatsActors.Benchmarks.Journal;

/// <summary>Keeps pages under way to the journal, and deletes the oldest.</summary>
internal sealed class PageWriter(TaskCompletionSource<int> recovered) : UntypedPersistentActor
{
    private int _found;
    private Work? _work;
    private int _given;
    private int _written;
    private int _deleted;
    private bool _refilling;
    private long _deleting;

    /// <summary>Writes a load.</summary>
    public sealed record Work(PageLoad Load)
    {
        /// <summary>How long each delete took.</summary>
        public List<TimeSpan> Deletes { get; } = [];

        /// <summary>Completes with the last answer of the journal.</summary>
        public TaskCompletionSource<IReadOnlyList<TimeSpan>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Writes the payload of a schedule, as one page.</summary>
    public sealed record Paced(Schedule Schedule, int Index);

    private sealed class Refill
    {
        public static readonly Refill Instance = new();
    }

    public override string PersistenceId => "pages";

    public override Akka.Persistence.Recovery Recovery { get; } = new(SnapshotSelectionCriteria.None);

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case Page:
                _found++;
                break;
            case RecoveryCompleted:
                recovered.TrySetResult(_found);
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Work work:
                (_work, _given, _written, _deleted) = (work, 0, 0, 0);
                Continue();
                break;
            case Refill:
                _refilling = false;
                Continue();
                break;
            case Paced paced:
                PersistAsync(new Page(paced.Schedule.Payload), _ => paced.Schedule.Ended(paced.Index));
                break;
            case DeleteMessagesSuccess:
                _work!.Deletes.Add(Stopwatch.GetElapsedTime(_deleting));
                _deleting = 0;
                Continue();
                break;
            case DeleteMessagesFailure failure:
                Fail(failure.Cause);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Fail(cause);

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Fail(cause);

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => recovered.TrySetException(reason);

    /// <summary>Gives the journal as many pages as may be under way, in one write.</summary>
    private void Continue()
    {
        var (load, waits) = (_work!.Load, Delete());
        while (!waits && _given < load.Pages && _given - _written < load.UnderWay && !AtBoundary(load))
        {
            // A page is an event of its own, and not one of several that are stored together or not at all.
#pragma warning disable AK1006
            PersistAsync(new Page(load.Contents[_given++ % load.Contents.Count]), _ => Written());
#pragma warning restore AK1006
        }

        if (_written == load.Pages && _deleting == 0)
        {
            _work.Done.TrySetResult(_work.Deletes);
        }
    }

    private bool AtBoundary(PageLoad load) => load.Deletes == Deletes.Between && _given - _deleted >= PageLoad.PagesOfDelete;

    private void Written()
    {
        _written++;
        if (!_refilling)
        {
            // The answers to the pages of one write come one after another: after all of them the next write takes all the room.
            _refilling = true;
            Self.Tell(Refill.Instance);
        }
    }

    /// <summary>Begins a delete that is due; true when writes wait for one.</summary>
    private bool Delete()
    {
        var load = _work!.Load;
        var quiet = load.Deletes == Deletes.Beside || _given == _written;
        if (load.Deletes != Deletes.None && _deleting == 0 && quiet && _written - _deleted >= PageLoad.PagesOfDelete)
        {
            _deleting = Stopwatch.GetTimestamp();
            // The last page whose handler has run; pages under way are not deleted.
            DeleteMessages(LastSequenceNr);
            _deleted = _written;
        }

        return load.Deletes == Deletes.Between && _deleting != 0;
    }

    private void Fail(Exception cause) => _work?.Done.TrySetException(new BenchmarkException($"The journal refused a page: {cause}"));
}
