using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>
/// A sweep of an outbox that others interrupt between its slices, and what it must do to the model: each slice ends exactly the
/// frames that are picked among those that the sweep has come past.
/// </summary>
internal sealed class SweepUnderWay(Sweep sweep, Func<ModelFrame, bool> picks)
{
    private int _listed;

    /// <summary>Does one slice to both; true when more is left.</summary>
    public bool Advance(Outbox outbox, ModelOutbox model)
    {
        var from = sweep.Position;
        var ended = sweep.Ended;
        var more = outbox.Advance(sweep);
        var to = sweep.Position;
        Assert.True(to >= from, "The sweep has gone back.");
        bool IsHit(ModelFrame frame) => frame.Sequence >= from && frame.Sequence < to && frame.Sequence <= Through
            && !(sweep.QueuedOnly && frame.InFlight) && picks(frame);
        if (sweep is CloseSweep close)
        {
            CompareList(close, model.Frames.Where(IsHit), outbox.Buffer.IsDurable);
            var kept = outbox.Buffer.IsDurable ? model.Undeliver(UndeliveredReason.Kept, IsHit) : 0;
            var written = model.Undeliver(UndeliveredReason.Indeterminate, frame => frame.WasWritten && IsHit(frame));
            Assert.Equal(sweep.Ended - ended, kept + written + model.Undeliver(UndeliveredReason.Closed, IsHit));
        }
        else
        {
            Assert.Equal(sweep.Ended - ended, model.Undeliver(sweep.Reason, IsHit));
        }

        if (!more)
        {
            var passed = sweep is CloseSweep ? outbox.Buffer.Messages == 0 : to > Math.Min(Through, outbox.Buffer.NextSequence - 1);
            Assert.True(passed, "The sweep has ended before its end.");
        }

        return more;
    }

    private long Through => sweep is CloseSweep ? long.MaxValue : sweep.ThroughSequence;

    private void CompareList(CloseSweep close, IEnumerable<ModelFrame> hits, bool kept)
    {
        Assert.Equal(
            hits.Select(frame => new UndeliveredMessage(
                frame.Sequence, frame.Subject, frame.Bytes.Length,
                kept ? UndeliveredReason.Kept : frame.WasWritten ? UndeliveredReason.Indeterminate : UndeliveredReason.Closed)),
            close.Undelivered.Skip(_listed));
        _listed = close.Undelivered.Count;
    }
}
