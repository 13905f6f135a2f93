using NatsActors.Protocol;

namespace NatsActors.Door;

/// <summary>
/// An atomic batch that was read and checked: the frames of all messages but the last, encoded, and the last message, whose reply-to
/// needs the sequence.
/// </summary>
/// <param name="Command">The caller's record.</param>
/// <param name="Messages">How many messages the batch has.</param>
/// <param name="Frames">The frames before the last one.</param>
/// <param name="Last">The last message, with the headers of the batch and its id.</param>
/// <param name="LargestPayload">The most bytes of headers and payload among <paramref name="Frames"/>.</param>
/// <param name="TimeToLive">The shortest of the messages; null for none.</param>
internal sealed record AtomicBatch(
    PublishBatch Command, int Messages, byte[] Frames, Publish Last, long LargestPayload, TimeSpan? TimeToLive);

/// <summary>Checks and encodes atomic batches. Needs no lock, except what <see cref="Intake.Accept"/> does under it.</summary>
internal sealed class AtomicIntake(PublisherSettings settings, Intake intake)
{
    private long _batches;

    /// <summary>Why no batch of so many messages is possible; null when it is.</summary>
    public Rejected? Check(int messages) =>
        settings.Delivery.Confirm != ConfirmMode.JetStream ? Bad("an atomic batch needs delivery.confirm = jetstream")
        : settings.JetStream.StrictOrder ? Bad("an atomic batch is not possible with jetstream.strict-order = on")
        : messages is < 1 or > AtomicBatchHeaders.MaxMessages
            ? Bad($"an atomic batch has 1 to {AtomicBatchHeaders.MaxMessages} messages; this one has {messages}")
            : null;

    /// <summary>Checks and encodes the messages of a batch, which nobody else may change.</summary>
    /// <param name="command">The caller's record.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="rejected">Why the batch is refused; null when it is not.</param>
    /// <returns>The batch; null when it is refused.</returns>
    public AtomicBatch? Encode(PublishBatch command, Publish[] messages, out Rejected? rejected)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < messages.Length; i++)
        {
            if ((rejected = Check(messages[i], ids)) is not null)
            {
                return Refused(ref rejected, i);
            }
        }

        var name = $"{intake.PublisherId}.b{Interlocked.Increment(ref _batches)}";
        Mark(messages, name);
        var (length, largest) = (0L, 0L);
        for (var i = 0; i < messages.Length - 1; i++)
        {
            var frame = FrameEncoder.Measure(messages[i], null, IdOf(messages[i], name, i));
            length += frame.Length;
            largest = Math.Max(largest, frame.PayloadSize);
            if ((rejected = intake.CheckSize(frame, length)) is not null)
            {
                return Refused(ref rejected, i);
            }
        }

        rejected = null;
        var frames = GC.AllocateUninitializedArray<byte>((int)length);
        var rest = frames.AsSpan();
        for (var i = 0; i < messages.Length - 1; i++)
        {
            var frame = FrameEncoder.Measure(messages[i], null, IdOf(messages[i], name, i));
            frame.Write(rest);
            rest = rest[(int)frame.Length..];
        }

        var last = messages[^1];
        last = last with { Id = Intake.OwnId(last.Id, last.Headers) ?? $"{name}.{messages.Length}" };
        return new AtomicBatch(command, messages.Length, frames, last, largest, messages.Min(message => message.TimeToLive));
    }

    private Rejected? Check(Publish message, HashSet<string> ids)
    {
        if (intake.Check(Incoming.Of(message, null)) is { } rejected)
        {
            return rejected;
        }

        if (message.Headers?.Any(static header => header.Key == StreamCondition.Header) == true)
        {
            return new Rejected(RejectReason.BadHeader, $"an atomic batch cannot have the header {StreamCondition.Header}");
        }

        return Intake.OwnId(message.Id, message.Headers) is { } id && !ids.Add(id)
            ? Bad("its message id stands before it in the batch; the stream would refuse the whole batch")
            : null;
    }

    private static void Mark(Publish[] messages, string name)
    {
        var id = AtomicBatchHeaders.IdOf(name);
        for (var i = 0; i < messages.Length; i++)
        {
            var headers = AtomicBatchHeaders.Of(messages[i].Headers, id, i + 1, last: i + 1 == messages.Length);
            messages[i] = messages[i] with { Headers = headers };
        }
    }

    private static FrameText IdOf(Publish message, string name, int index) =>
        Intake.OwnId(message.Id, message.Headers) is { } own ? own : new FrameText(name, index + 1);

    private static AtomicBatch? Refused(ref Rejected? rejected, int index)
    {
        rejected = rejected! with { Detail = $"message {index + 1} of the atomic batch: {rejected.Detail}" };
        return null;
    }

    private static Rejected Bad(string detail) => new(RejectReason.BadBatch, detail);
}
