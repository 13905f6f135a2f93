using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>A flush that is not answered yet.</summary>
/// <param name="Sender">Who asked.</param>
/// <param name="ThroughSequence">The last message that had been accepted when the flush passed the door.</param>
/// <param name="Deadline">When the flush is over, in milliseconds of the publisher's clock.</param>
/// <param name="Telling">The last list of outcomes to wait for; null while messages of the flush are buffered.</param>
internal readonly record struct PendingFlush(IActorRef? Sender, long ThroughSequence, long Deadline, long? Telling = null);

/// <summary>The flushes that wait for outcomes. Called under the lock of <see cref="GuardedBuffer"/>.</summary>
internal sealed class FlushLine
{
    private readonly List<PendingFlush> _line = [];

    public int Count => _line.Count;

    public void Add(PendingFlush flush) => _line.Add(flush);

    /// <summary>A journal has been read: every flush covers what it had.</summary>
    public void CoverThrough(long sequence)
    {
        for (var i = 0; i < _line.Count; i++)
        {
            _line[i] = _line[i] with { ThroughSequence = sequence };
        }
    }

    /// <summary>
    /// Takes the flushes that have an answer: all of their messages have ended and the outcomes have been told, or their time is up.
    /// </summary>
    /// <param name="buffer">The messages without an outcome.</param>
    /// <param name="isWhole">False while a journal is read: messages that were accepted before are not yet in the buffer.</param>
    /// <param name="tellings">The outcomes that are being told. A flush does not wait for those of messages that end later.</param>
    /// <param name="lastTelling">The last list of outcomes of what has ended so far.</param>
    /// <param name="now">The time.</param>
    /// <param name="answers">Gets the answers.</param>
    /// <returns>The earliest deadline of the others; <see cref="long.MaxValue"/> for none.</returns>
    public long Take(
        PublishBuffer buffer, bool isWhole, Tellings tellings, long lastTelling, long now, List<(IActorRef? Asker, object Reply)> answers)
    {
        var (next, kept) = (long.MaxValue, 0);
        for (var i = 0; i < _line.Count; i++)
        {
            var flush = _line[i];
            var ended = isWhole && buffer.FirstSequence > flush.ThroughSequence;
            flush = ended ? flush with { Telling = flush.Telling ?? lastTelling } : flush;
            var done = flush.Telling is { } telling && tellings.AreTold(telling);
            if (done || flush.Deadline <= now)
            {
                answers.Add((flush.Sender, new Flushed(done, ended ? 0 : buffer.CountThrough(flush.ThroughSequence))));
                continue;
            }

            tellings.Await(flush.Telling ?? long.MaxValue);
            _line[kept++] = flush;
            next = Math.Min(next, flush.Deadline);
        }

        _line.RemoveRange(kept, _line.Count - kept);
        return next;
    }
}
