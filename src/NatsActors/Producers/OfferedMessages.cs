using System.Diagnostics.CodeAnalysis;
using NatsActors.Door;

namespace NatsActors.Producers;

/// <summary>
/// The messages of a <see cref="PublishQueue"/> that the publisher has not accepted, in order, with two limits. Owned by the queue's
/// actor.
/// </summary>
internal sealed class OfferedMessages(PublishQueueSettings limits)
{
    private readonly Queue<(Publish Message, long Bytes)> _messages = new();

    public int Count => _messages.Count;

    public long Bytes { get; private set; }

    /// <summary>Puts a message at the end, or says why not.</summary>
    /// <param name="message">The caller's message. Headers and foreign memory are copied, so that what was measured is what is held.</param>
    /// <param name="full">The limit that refuses the message.</param>
    /// <param name="rejected">Why the queue never takes this message.</param>
    public bool TryAdd(Publish message, out BufferLimit? full, out Rejected? rejected)
    {
        (full, rejected) = (null, null);
        if (!TryOwn(message, out var own, out var bytes, out rejected))
        {
            return false;
        }

        if (bytes > limits.MaxBytes)
        {
            rejected = new Rejected(RejectReason.TooLargeForBuffer,
                $"the message has {bytes} bytes; {nameof(PublishQueueSettings.MaxBytes)} of the queue is {limits.MaxBytes}");
            return false;
        }

        full = Count >= limits.MaxMessages ? BufferLimit.Messages : bytes > limits.MaxBytes - Bytes ? BufferLimit.Bytes : null;
        if (full is not null)
        {
            return false;
        }

        _messages.Enqueue((own, bytes));
        Bytes += bytes;
        return true;
    }

    /// <summary>The messages at the head, which stay: as many as both limits allow, and one at least.</summary>
    public Publish[] First(int messages, long bytes)
    {
        var first = new List<Publish>(Math.Min(messages, Count));
        foreach (var (message, size) in _messages)
        {
            bytes -= size;
            if (first.Count > 0 && (first.Count == messages || bytes < 0))
            {
                break;
            }

            first.Add(message);
        }

        return [.. first];
    }

    /// <summary>Takes the message at the head.</summary>
    public Publish Take()
    {
        var (message, bytes) = _messages.Dequeue();
        Bytes -= bytes;
        return message;
    }

    /// <summary>Takes all messages.</summary>
    public IReadOnlyList<Publish> TakeAll()
    {
        Publish[] all = [.. _messages.Select(static each => each.Message)];
        _messages.Clear();
        Bytes = 0;
        return all;
    }

    /// <summary>A header list or foreign memory can run its owner's code, which can throw.</summary>
    public static bool TryOwn(Publish message, [NotNullWhen(true)] out Publish? own, out long bytes, out Rejected? rejected)
    {
        try
        {
            own = OwnedMessage.Of(message);
            bytes = OwnedMessage.WireBytes(own);
            rejected = null;
            return true;
        }
        catch (Exception error)
        {
            (own, bytes) = (null, 0);
            rejected = new Rejected(RejectReason.BadMessage, $"the message could not be read: {error.GetType().Name}");
            return false;
        }
    }
}
