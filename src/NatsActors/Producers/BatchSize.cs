using NatsActors.Door;

namespace NatsActors.Producers;

/// <summary>
/// How large the next batch of a <see cref="PublishQueue"/> may be. A batch that does not leave the sender's system is told again in
/// parts; a single message that does not leave is at fault itself.
/// </summary>
internal sealed class BatchSize(int mostMessages)
{
    private readonly int _most = mostMessages;

    /// <summary>The messages of the next batch.</summary>
    public int Messages { get; private set; } = mostMessages;

    /// <summary>The bytes of the next batch; a batch of one message may have more.</summary>
    public long Bytes { get; private set; } = long.MaxValue;

    /// <summary>The batch did not leave.</summary>
    /// <param name="batch">The messages, two at least.</param>
    /// <param name="forGood">No batch of this size ever leaves; otherwise one of its messages is at fault.</param>
    public void Shrink(IReadOnlyList<Publish> batch, bool forGood)
    {
        if (forGood)
        {
            Bytes = Math.Max(1, batch.Sum(OwnedMessage.WireBytes) / 2);
        }
        else
        {
            Messages = batch.Count / 2;
        }
    }

    /// <summary>A batch was accepted.</summary>
    public void Grow() => Messages = (int)Math.Min(_most, Messages * 2L);
}
