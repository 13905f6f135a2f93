using NatsActors.Protocol;

namespace NatsActors.Tests.Buffer;

/// <summary>A frame as the model sees it.</summary>
internal sealed class ModelFrame(long sequence, byte[] bytes, string subject, object? ticket, long acceptedAt, long deadline)
{
    public long Sequence { get; } = sequence;

    public byte[] Bytes { get; } = bytes;

    public string Subject { get; } = subject;

    public object? Ticket { get; } = ticket;

    public long AcceptedAt { get; } = acceptedAt;

    public long Deadline { get; } = deadline;

    public bool InFlight { get; set; }

    public bool WasWritten { get; set; }
}

/// <summary>The outbox as a list, too simple to be wrong: what is left, what was told to whom, and the counts.</summary>
internal sealed class ModelOutbox(long maxBytes, long maxMessages)
{
    public List<ModelFrame> Frames { get; private set; } = [];

    /// <summary>The outcomes of those who asked, in order.</summary>
    public List<(object Ticket, Outcome Outcome)> Told { get; } = [];

    public Dictionary<UndeliveredReason, long> Unclaimed { get; } = [];

    public Dictionary<UndeliveredReason, long> Undelivered { get; } = [];

    public long Accepted { get; private set; }

    /// <summary>What a journal did not take.</summary>
    public long Withdrawn { get; private set; }

    /// <summary>The last sequence that a link may take.</summary>
    public long DurableThrough { get; set; } = long.MaxValue;

    public long Delivered { get; private set; }

    public long Stored { get; private set; }

    public long Bytes { get; private set; }

    public IEnumerable<ModelFrame> InFlight => Frames.Where(frame => frame.InFlight);

    public IEnumerable<ModelFrame> Takeable => Queued.TakeWhile(frame => frame.Sequence <= DurableThrough);

    public IEnumerable<ModelFrame> Queued => Frames.Where(frame => !frame.InFlight);

    public BufferLimit? Check(long size) =>
        Frames.Count >= maxMessages ? BufferLimit.Messages : Bytes + size > maxBytes ? BufferLimit.Bytes : null;

    public void Accept(ModelFrame frame)
    {
        Frames.Add(frame);
        Bytes += frame.Bytes.Length;
        Accepted++;
    }

    public void Take(int count)
    {
        foreach (var frame in Queued.Take(count).ToList())
        {
            frame.InFlight = frame.WasWritten = true;
        }
    }

    public void Withdraw(Func<ModelFrame, bool> which)
    {
        var withdrawn = Frames.RemoveAll(frame =>
        {
            Bytes -= which(frame) ? frame.Bytes.Length : 0;
            return which(frame);
        });
        Withdrawn += withdrawn;
    }

    public void Rewind() => Frames.ForEach(frame => frame.InFlight = false);

    public long Deliver(Func<ModelFrame, bool> which) => Delivered += End(which, frame => new Delivered(frame.Sequence));

    public void Store(PubAck ack) => Stored += End(
        frame => frame.Sequence == ack.Sequence, frame => new Stored(frame.Sequence, ack.Stream!, ack.StreamSequence, ack.Duplicate));

    public long Undeliver(UndeliveredReason reason, Func<ModelFrame, bool> which)
    {
        var unclaimed = Frames.Count(frame => which(frame) && frame.Ticket is null);
        var count = End(which, frame => new Undelivered(frame.Sequence, reason)
        {
            MayHaveArrived = frame.WasWritten && reason != UndeliveredReason.PermissionDenied,
        });
        Add(Undelivered, reason, count);
        Add(Unclaimed, reason, unclaimed);
        return count;
    }

    public long DropOldest(long size)
    {
        if (InFlight.Count() >= maxMessages || InFlight.Sum(frame => (long)frame.Bytes.Length) + size > maxBytes)
        {
            return 0;
        }

        var dropped = 0L;
        while (Check(size) is not null)
        {
            var oldest = Queued.First();
            dropped += Undeliver(UndeliveredReason.Dropped, frame => frame == oldest);
        }

        return dropped;
    }

    private int End(Func<ModelFrame, bool> which, Func<ModelFrame, Outcome> outcome)
    {
        var ended = Frames.Where(which).ToList();
        foreach (var frame in ended.Where(frame => frame.Ticket is not null))
        {
            Told.Add((frame.Ticket!, outcome(frame)));
        }

        Frames = Frames.Except(ended).ToList();
        Bytes -= ended.Sum(frame => (long)frame.Bytes.Length);
        return ended.Count;
    }

    private static void Add(Dictionary<UndeliveredReason, long> counts, UndeliveredReason reason, long count)
    {
        if (count > 0)
        {
            counts[reason] = counts.GetValueOrDefault(reason) + count;
        }
    }
}
