using System.Collections;

namespace NatsActors.Streams;

/// <summary>
/// The elements of one stream that the publisher has accepted and that have not ended: which element a sequence belongs to. One entry
/// for each batch; payloads are not kept.
/// </summary>
internal sealed class AcceptedElements
{
    private const int MostEndedEntries = 64;

    private readonly List<Entry> _entries = [];
    private int _head;

    /// <summary>Elements without an outcome.</summary>
    public long Count { get; private set; }

    /// <summary>A prefix of a batch was accepted.</summary>
    /// <param name="sequence">The sequence of the first message; the others follow without a gap.</param>
    /// <param name="element">The place of the first message in the stream.</param>
    /// <param name="messages">The batch.</param>
    /// <param name="count">The length of the prefix, at least 1.</param>
    public void Add(long sequence, long element, IReadOnlyList<Publish> messages, int count)
    {
        string?[]? correlations = null;
        for (var i = 0; i < count; i++)
        {
            if (messages[i].CorrelationId is { } correlation)
            {
                (correlations ??= new string?[count])[i] = correlation;
            }
        }

        _entries.Add(new Entry(sequence, element, count, correlations));
        Count += count;
    }

    /// <summary>A message has ended.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="element">Its place in the stream.</param>
    /// <param name="correlation">Its correlation id.</param>
    /// <returns>False when the message is not one of this stream, or has ended before.</returns>
    public bool TryEnd(long sequence, out long element, out string? correlation)
    {
        (element, correlation) = (0, null);
        if (Find(sequence) is not { } entry || !entry.End(sequence))
        {
            return false;
        }

        (element, correlation) = entry.At(sequence);
        Count--;
        Trim();
        return true;
    }

    /// <summary>Messages of one batch that follow one another have ended.</summary>
    /// <param name="sequence">The sequence of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="element">The place of the first in the stream.</param>
    /// <param name="correlations">Their correlation ids; empty when none has one.</param>
    /// <returns>False when they are not of this stream, or have ended before.</returns>
    public bool TryEndRun(long sequence, int count, out long element, out ReadOnlySpan<string?> correlations)
    {
        element = 0;
        correlations = default;
        if (Find(sequence) is not { } entry || !entry.EndRun(sequence, count, out correlations))
        {
            return false;
        }

        element = entry.At(sequence).Element;
        Count -= count;
        Trim();
        return true;
    }

    /// <summary>Takes what has not ended up to and with a place in the stream, in order.</summary>
    public IEnumerable<(long Sequence, long Element, string? Correlation)> TakeAll(long throughElement = long.MaxValue)
    {
        List<(long, long, string?)> left = [.. _entries.Skip(_head).SelectMany(entry => entry.Left)
            .Select(sequence => (sequence, Find(sequence)!.At(sequence)))
            .Where(each => each.Item2.Element <= throughElement)
            .Select(each => (each.sequence, each.Item2.Element, each.Item2.Correlation))];
        foreach (var (sequence, _, _) in left)
        {
            TryEnd(sequence, out _, out _);
        }

        return left;
    }

    /// <summary>Sequences rise with the entries; most outcomes belong to the first.</summary>
    private Entry? Find(long sequence)
    {
        var (low, high) = (_head, _entries.Count - 1);
        while (low <= high)
        {
            var middle = low == _head ? low : (low + high) >>> 1;
            var entry = _entries[middle];
            if (sequence < entry.Sequence)
            {
                high = middle - 1;
            }
            else if (sequence >= entry.Sequence + entry.Count)
            {
                low = middle + 1;
            }
            else
            {
                return entry;
            }
        }

        return null;
    }

    private void Trim()
    {
        while (_head < _entries.Count && _entries[_head].Unended == 0)
        {
            _head++;
        }

        if (_head == _entries.Count || (_head > MostEndedEntries && _head > _entries.Count / 2))
        {
            _entries.RemoveRange(0, _head);
            _head = 0;
        }
    }

    private sealed class Entry(long sequence, long element, int count, string?[]? correlations)
    {
        private readonly BitArray _ended = new(count);

        public long Sequence => sequence;

        public int Count => _ended.Count;

        public int Unended { get; private set; } = count;

        /// <summary>The sequences that have not ended.</summary>
        public IEnumerable<long> Left => Enumerable.Range(0, Unended == 0 ? 0 : Count).Where(i => !_ended[i]).Select(i => sequence + i);

        public bool End(long ended)
        {
            var index = (int)(ended - sequence);
            if (Unended == 0 || _ended[index])
            {
                return false;
            }

            _ended[index] = true;
            Unended--;
            return true;
        }

        public bool EndRun(long first, int run, out ReadOnlySpan<string?> correlationsOfRun)
        {
            var index = (int)(first - sequence);
            correlationsOfRun = correlations is null ? default : correlations.AsSpan(index, run);
            if (run == Unended && run == Count)
            {
                Unended = 0;
                return true;
            }

            for (var i = index; i < index + run; i++)
            {
                if (Unended == 0 || _ended[i])
                {
                    return false;
                }

                _ended[i] = true;
            }

            Unended -= run;
            return true;
        }

        public (long Element, string? Correlation) At(long at) => (element + at - sequence, correlations?[at - sequence]);
    }
}
