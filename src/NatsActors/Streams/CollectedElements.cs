using NatsActors.Producers;

namespace NatsActors.Streams;

/// <summary>The elements of one stream that the publisher has not accepted, in order, those of the batch under way included.</summary>
internal sealed class CollectedElements
{
    private Publish?[] _messages = new Publish?[16];
    private long[] _sizes = new long[16];
    private Rejected?[] _faults = new Rejected?[16];
    private int _first;

    public int Count { get; private set; }

    /// <summary>Bytes of the elements: payloads, subjects, headers, ids, and what a frame adds.</summary>
    public long Bytes { get; private set; }

    /// <summary>Why the element at the head cannot be read; null when it can, and when there is none.</summary>
    public Rejected? Fault => Count > 0 ? _faults[_first] : null;

    /// <summary>Puts an element at the end, also one that cannot be read: it keeps its place.</summary>
    /// <param name="message">The element. Headers and foreign memory are copied, so that what was measured is what is held.</param>
    public void Add(Publish message)
    {
        OfferedMessages.TryOwn(message, out var own, out var bytes, out var fault);
        if (_first + Count == _messages.Length)
        {
            MakeRoom();
        }

        _messages[_first + Count] = own ?? message;
        _faults[_first + Count] = fault;
        _sizes[_first + Count++] = bytes;
        Bytes += bytes;
    }

    /// <summary>
    /// The elements at the head, which stay: as many as both limits allow, up to one that cannot be read. The first can be read, and is
    /// always among them.
    /// </summary>
    public Publish[] First(int most, long bytes)
    {
        var count = 1;
        for (bytes -= _sizes[_first]; count < Math.Min(most, Count) && _faults[_first + count] is null && (bytes -= _sizes[_first + count]) >= 0; count++)
        {
        }

        return _messages.AsSpan(_first, count).ToArray()!;
    }

    /// <summary>Takes elements at the head.</summary>
    public void Take(int count)
    {
        for (var i = _first; i < _first + count; i++)
        {
            Bytes -= _sizes[i];
        }

        Array.Clear(_messages, _first, count);
        Array.Clear(_faults, _first, count);
        _first += count;
        Count -= count;
    }

    /// <summary>Takes the element at the head.</summary>
    public Publish? Take()
    {
        var message = _messages[_first];
        Take(1);
        return message;
    }

    private void MakeRoom()
    {
        var length = Count > _messages.Length / 2 ? _messages.Length * 2 : _messages.Length;
        _messages = Moved(_messages, length);
        _sizes = Moved(_sizes, length);
        _faults = Moved(_faults, length);
        _first = 0;
    }

    private T[] Moved<T>(T[] from, int length)
    {
        var to = length == from.Length ? from : new T[length];
        Array.Copy(from, _first, to, 0, Count);
        if (to == from)
        {
            // Nothing stays behind the last element.
            Array.Clear(to, Count, _first);
        }

        return to;
    }
}
