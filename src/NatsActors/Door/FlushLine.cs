using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>A flush that is not answered yet.</summary>
/// <param name="Sender">Who asked.</param>
/// <param name="ThroughSequence">The last message that had been accepted when the flush passed the door.</param>
/// <param name="Deadline">When the flush is over, in milliseconds of the publisher's clock.</param>
internal readonly record struct PendingFlush(IActorRef? Sender, long ThroughSequence, long Deadline);

/// <summary>The flushes that wait for outcomes. Called under the lock of <see cref="GuardedBuffer"/>.</summary>
internal sealed class FlushLine
{
    private readonly List<PendingFlush> _line = [];

    public int Count => _line.Count;

    public void Add(PendingFlush flush) => _line.Add(flush);

    /// <summary>Takes the flushes that have an answer: all of their messages have ended, or their time is up.</summary>
    /// <returns>The earliest deadline of the others; <see cref="long.MaxValue"/> for none.</returns>
    public long Take(PublishBuffer buffer, long now, List<(IActorRef? Asker, object Reply)> answers)
    {
        var (next, kept) = (long.MaxValue, 0);
        for (var i = 0; i < _line.Count; i++)
        {
            var flush = _line[i];
            var done = buffer.FirstSequence > flush.ThroughSequence;
            if (done || flush.Deadline <= now)
            {
                answers.Add((flush.Sender, new Flushed(done, done ? 0 : buffer.CountThrough(flush.ThroughSequence))));
                continue;
            }

            _line[kept++] = flush;
            next = Math.Min(next, flush.Deadline);
        }

        _line.RemoveRange(kept, _line.Count - kept);
        return next;
    }
}
