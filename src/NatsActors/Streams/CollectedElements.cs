using NatsActors.Producers;

namespace NatsActors.Streams;

/// <summary>The elements of one stream that the publisher has not accepted, in order, those of the batch under way included.</summary>
internal sealed class CollectedElements
{
    private Publish[] _messages = new Publish[16];
    private long[] _sizes = new long[16];
    private int _first;

    public int Count { get; private set; }

    /// <summary>Bytes of the elements: payloads, subjects, headers, ids, and what a frame adds.</summary>
    public long Bytes { get; private set; }

    /// <summary>Puts an element at the end.</summary>
    /// <param name="message">The element. Headers and foreign memory are copied, so that what was measured is what is held.</param>
    /// <param name="rejected">Why the message cannot be read; null when the element was added.</param>
    public bool TryAdd(Publish message, out Rejected? rejected)
    {
        if (!OfferedMessages.TryOwn(message, out var own, out var bytes, out rejected))
        {
            return false;
        }

        if (_first + Count == _messages.Length)
        {
            MakeRoom();
        }

        _messages[_first + Count] = own;
        _sizes[_first + Count++] = bytes;
        Bytes += bytes;
        return true;
    }

    /// <summary>The elements at the head, which stay: as many as both limits allow, and one at least.</summary>
    public Publish[] First(int most, long bytes)
    {
        var count = 1;
        for (bytes -= _sizes[_first]; count < Math.Min(most, Count) && (bytes -= _sizes[_first + count]) >= 0; count++)
        {
        }

        return _messages.AsSpan(_first, count).ToArray();
    }

    /// <summary>Takes elements at the head.</summary>
    public void Take(int count)
    {
        for (var i = _first; i < _first + count; i++)
        {
            Bytes -= _sizes[i];
        }

        Array.Clear(_messages, _first, count);
        _first += count;
        Count -= count;
    }

    /// <summary>Takes the element at the head.</summary>
    public Publish Take()
    {
        var message = _messages[_first];
        Take(1);
        return message;
    }

    private void MakeRoom()
    {
        var (messages, sizes) = Count > _messages.Length / 2
            ? (new Publish[_messages.Length * 2], new long[_messages.Length * 2])
            : (_messages, _sizes);
        Array.Copy(_messages, _first, messages, 0, Count);
        Array.Copy(_sizes, _first, sizes, 0, Count);
        if (messages == _messages)
        {
            Array.Clear(_messages, Count, _first);
        }

        (_messages, _sizes, _first) = (messages, sizes, 0);
    }
}
