namespace NatsActors.Actors;

/// <summary>A publish, or the rest of a batch, whose reply is held until there is room.</summary>
internal sealed class WaitingPublish(PublishBatch? batch, IReadOnlyList<Publish> messages, IActorRef sender, long deadline)
{
    public PublishBatch? Batch { get; } = batch;

    public IReadOnlyList<Publish> Messages { get; } = messages;

    /// <summary>Counted once: the list is its sender's.</summary>
    public int Count { get; } = messages.Count;

    public IActorRef Sender { get; } = sender;

    public long Deadline { get; } = deadline;

    /// <summary>How many of the messages are accepted.</summary>
    public int Accepted { get; set; }

    public long FirstSequence { get; set; }

    public long Bytes { get; init; }
}

/// <summary>Those who wait for room, in the order of arrival; counts what they hold so that it can be bounded.</summary>
internal sealed class WaitingLine
{
    private readonly Queue<WaitingPublish> _line = new();

    public int Count => _line.Count;

    public int Messages { get; private set; }

    public long Bytes { get; private set; }

    public WaitingPublish First => _line.Peek();

    public bool HasRoom(BufferSettings limits, int messages, long bytes) =>
        Messages + messages <= limits.WaitMaxMessages && Bytes + bytes <= limits.WaitMaxBytes;

    public void Join(WaitingPublish waiting)
    {
        _line.Enqueue(waiting);
        Messages += waiting.Count;
        Bytes += waiting.Bytes;
    }

    public WaitingPublish Leave()
    {
        var waiting = _line.Dequeue();
        Messages -= waiting.Count;
        Bytes -= waiting.Bytes;
        return waiting;
    }
}
