using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>A claim that a page of a journal keeps.</summary>
internal sealed record ModelTicket(string? CorrelationId) : ITicket
{
    public bool IsClaim => true;
}

/// <summary>What a journal has: a page with the mark that went with it, or a mark alone.</summary>
internal sealed record ModelEvent(IReadOnlyList<(PageFrame Frame, byte[] Bytes)> Frames, long ThroughSequence, Mark Mark);

/// <summary>
/// A journal as a list, and its steps on an outbox and on the model of that: pages and marks are taken, written, or fail, and a crash
/// makes a new buffer of what was written.
/// </summary>
internal sealed class ModelJournal(Outbox outbox, ModelOutbox model)
{
    private readonly Page _page = new();
    private readonly Queue<ModelEvent> _underWay = new();
    private readonly List<ModelEvent> _written = [];
    private long _pagedThrough;

    private PublishBuffer Buffer => outbox.Buffer;

    /// <summary>Reads the next page, which is a prefix of what was not read yet.</summary>
    public void ReadPage(long maxBytes)
    {
        Buffer.ReadPage(_pagedThrough, maxBytes, _page);
        var unread = model.Frames.Where(frame => frame.Sequence > _pagedThrough).ToList();
        var read = unread.Take(_page.Entries.Count).ToList();
        Assert.Equal(read.Select(EntryOf), _page.Entries);
        Assert.True(_page.Frames.Span.SequenceEqual(read.SelectMany(frame => frame.Bytes).ToArray()), "A page is not what was encoded.");
        Assert.True(_page.Bytes <= maxBytes || read.Count == 1, "A page of several frames is above its limit.");
        var isLast = read.Count == unread.Count;
        Assert.True(isLast || _page.Bytes + unread[read.Count].Bytes.Length > maxBytes, "There was room for one more frame.");
        Assert.InRange(_page.ThroughSequence, read.LastOrDefault()?.Sequence ?? _pagedThrough, Buffer.NextSequence - 1);
        Assert.True(isLast || _page.ThroughSequence < unread[read.Count].Sequence, "A page speaks of a frame that it has not.");
        Assert.True(Buffer.UnpagedBytes >= unread.Skip(read.Count).Sum(frame => (long)frame.Bytes.Length), "Bytes are left that nobody counts.");
        _pagedThrough = _page.ThroughSequence;
        _underWay.Enqueue(new ModelEvent([.. read.Select(frame => (EntryOf(frame), frame.Bytes))], _pagedThrough, Buffer.TakeMark()));
    }

    /// <summary>The oldest event that is under way is written; false when there is none.</summary>
    public bool Written()
    {
        if (!_underWay.TryDequeue(out var written))
        {
            return false;
        }

        _written.Add(written);
        if (written.ThroughSequence > 0)
        {
            Buffer.AdvanceDurable(written.ThroughSequence);
            model.DurableThrough = Math.Max(model.DurableThrough, written.ThroughSequence);
        }

        return true;
    }

    public void TakeMark()
    {
        if (!_underWay.Any(each => each.ThroughSequence > 0))
        {
            _underWay.Enqueue(new ModelEvent([], 0, Buffer.TakeMark()));
        }
    }

    /// <summary>Nothing that is under way is confirmed, though some of it may be written. The journal is read, and goes on.</summary>
    public void Fail(int stored)
    {
        _written.AddRange(_underWay.Take(stored));
        foreach (var each in _underWay)
        {
            Buffer.GiveBack(each.Mark);
        }

        _underWay.Clear();
        var missing = new SequenceRange(Buffer.DurableThrough + 1, Buffer.NextSequence - 1);
        if (missing.First <= missing.Last)
        {
            outbox.Run(Outbox.StartWithdrawal([missing]));
            model.Withdraw(frame => frame.Sequence >= missing.First);
            Buffer.AdvanceDurable(missing.Last);
            model.DurableThrough = missing.Last;
            _pagedThrough = Math.Max(_pagedThrough, missing.Last);
        }

        _written.Add(new ModelEvent([], 0, Buffer.TakeMark()));
    }

    /// <summary>A new buffer takes up what was written and is not marked.</summary>
    public void Crash(bool afterLastMark)
    {
        if (afterLastMark)
        {
            TakeMark();
            while (Written())
            {
            }

            TakeMark();
            Written();
        }

        var restored = Restore();
        var left = new List<(long Sequence, byte[] Bytes)>();
        restored.Buffer.Visit((sequence, frame, _) => left.Add((sequence, frame.ToArray())));
        var durable = model.Frames.Where(frame => frame.Sequence <= model.DurableThrough).ToList();
        var mustBeThere = durable.Select(frame => frame.Sequence).ToHashSet();
        Assert.Equal(mustBeThere.Order(), left.Select(each => each.Sequence).Where(mustBeThere.Contains));
        Assert.True(!afterLastMark || left.Count == durable.Count, "What had ended and was marked has come back.");
        Assert.All(durable.Zip(left.Where(each => mustBeThere.Contains(each.Sequence)), (frame, each) => (frame, each.Bytes)),
            pair => Assert.True(pair.Bytes.AsSpan().SequenceEqual(pair.frame.Bytes), $"Frame {pair.frame.Sequence} has changed."));
        Assert.Equal((left.Count, 0L, left.Sum(each => (long)each.Bytes.Length)),
            (restored.Buffer.Messages, restored.Buffer.UndurableMessages, restored.Buffer.Bytes));
        Assert.True(restored.Buffer.NextSequence > Math.Max(left.LastOrDefault().Sequence, durable.LastOrDefault()?.Sequence ?? 0));
        Assert.Equal(restored.Buffer.NextSequence - 1, restored.Buffer.DurableThrough);
        Assert.Equal(afterLastMark ? durable.FirstOrDefault()?.AcceptedAt : restored.Buffer.OldestAcceptedAt, restored.Buffer.OldestAcceptedAt);
        restored.Buffer.ReadPage(restored.Buffer.NextSequence - 1, long.MaxValue, _page);
        Assert.Empty(_page.Entries);
    }

    private Outbox Restore()
    {
        var restored = new Outbox(new PublishBuffer(Buffer.MaxBytes, Buffer.MaxMessages));
        restored.Buffer.UseJournal();
        var (endedThrough, paged, ended) = (0L, 0L, new List<SequenceRange>());
        foreach (var each in _written)
        {
            foreach (var (frame, bytes) in each.Frames.Where(frame => frame.Frame.Sequence > endedThrough))
            {
                restored.Restore(bytes, frame.Sequence, frame.AcceptedAt, frame.TimeToLive, null);
            }

            paged = Math.Max(paged, each.ThroughSequence);
            ended.AddRange(each.Mark.Ended);
            if (each.Mark.ThroughSequence > endedThrough)
            {
                restored.Run(Outbox.StartWithdrawal([new SequenceRange(endedThrough + 1, each.Mark.ThroughSequence)]));
                endedThrough = each.Mark.ThroughSequence;
            }
        }

        ended.Sort(static (one, other) => one.First.CompareTo(other.First));
        restored.Run(Outbox.StartWithdrawal(ended));
        restored.Buffer.Restored(ended.Aggregate(Math.Max(paged, endedThrough), static (last, range) => Math.Max(last, range.Last)));
        return restored;
    }

    private static PageFrame EntryOf(ModelFrame frame) => new(
        frame.Sequence, frame.Bytes.Length, frame.AcceptedAt,
        frame.Deadline == long.MaxValue ? 0 : (uint)(frame.Deadline - frame.AcceptedAt),
        frame.Ticket is not null, (frame.Ticket as ITicket)?.CorrelationId);
}
