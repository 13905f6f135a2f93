using Google.Protobuf;
using NatsActors.Buffer;
using NatsActors.Persistence.Wire;

namespace NatsActors.Persistence;

/// <summary>
/// One event of a publisher's journal: a page, a mark of what has ended, or both. A journal gets it as plain bytes, which every actor
/// system can serialize: a plugin may have taken the system's serializers before this package could add one.
/// </summary>
internal sealed class Entry
{
    private readonly EntryWire _wire;

    private Entry(EntryWire wire)
    {
        _wire = wire;
    }

    public string InboxId => _wire.Publisher;

    /// <summary>The subject that PubAcks of the messages come to; empty without JetStream confirmation.</summary>
    public string AckInbox => _wire.AckInbox;

    public string Instance => _wire.Instance;

    /// <summary>The last sequence of the page before.</summary>
    public long Behind => _wire.Behind;

    public long EndedThrough => _wire.EndedThrough;

    /// <summary>Every message up to it was in the journal, or had ended, when the event was made.</summary>
    public long DurableThrough => _wire.DurableThrough;

    public IEnumerable<SequenceRange> Ended
    {
        get
        {
            for (var i = 0; i + 1 < _wire.Ended.Count; i += 2)
            {
                yield return new SequenceRange(_wire.Ended[i], _wire.Ended[i + 1]);
            }
        }
    }

    /// <summary>There is a page.</summary>
    public bool HasPage => _wire.ThroughSequence > 0;

    public long ThroughSequence => _wire.ThroughSequence;

    /// <summary>Encodes an event.</summary>
    /// <param name="page">The page; null for a mark.</param>
    /// <param name="mark">What has ended.</param>
    /// <param name="inboxId">The end of the subject that PubAcks come to.</param>
    /// <param name="ackInbox">The subject; empty without JetStream confirmation.</param>
    /// <param name="instance">This process.</param>
    /// <param name="behind">The last sequence of the page before.</param>
    /// <param name="durable">The last sequence up to which the journal has confirmed all pages.</param>
    /// <param name="utc">The time, in milliseconds since 1970.</param>
    /// <param name="now">The time of the publisher's clock, which has the ages of messages.</param>
    public static byte[] Encode(
        Page? page, Mark mark, string inboxId, string ackInbox, string instance, long behind, long durable, long utc, long now)
    {
        var wire = new EntryWire
        {
            Publisher = inboxId,
            AckInbox = ackInbox,
            Instance = instance,
            WrittenAt = utc,
            Behind = behind,
            DurableThrough = durable,
            EndedThrough = mark.ThroughSequence,
        };
        foreach (var range in mark.Ended)
        {
            wire.Ended.Add(range.First);
            wire.Ended.Add(range.Last);
        }

        if (page is not null)
        {
            Write(page, wire, now);
        }

        var bytes = GC.AllocateUninitializedArray<byte>(Checksum.Size + wire.CalculateSize());
        wire.WriteTo(bytes.AsSpan(Checksum.Size));
        Checksum.Write(bytes);
        return bytes;
    }

    /// <summary>Decodes an event.</summary>
    /// <param name="journalled">The event.</param>
    /// <param name="fault">What is wrong; null when it was decoded.</param>
    public static Entry? Decode(byte[] journalled, out string? fault)
    {
        if (!Checksum.Holds(journalled))
        {
            fault = "its checksum does not hold";
            return null;
        }

        try
        {
            var wire = EntryWire.Parser.ParseFrom(journalled.AsSpan(Checksum.Size));
            fault = IsWhole(wire) ? null : "its parts do not fit together";
            return fault is null ? new Entry(wire) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            fault = "it does not parse";
            return null;
        }
    }

    /// <summary>The messages of the page.</summary>
    /// <param name="utc">The time, in milliseconds since 1970.</param>
    /// <param name="now">The time of the publisher's clock, on which the ages go on.</param>
    public IEnumerable<(PageFrame Frame, Memory<byte> Bytes)> Messages(long utc, long now)
    {
        Memory<byte> frames = _wire.Frames.ToByteArray();
        var claims = _wire.Claims.ToDictionary(static claim => (int)claim.Index);
        var (sequence, start) = (_wire.FirstSequence, 0);
        var since = Math.Max(0, utc - _wire.WrittenAt);
        for (var i = 0; i < _wire.Lengths.Count; i++)
        {
            var length = (int)_wire.Lengths[i];
            var claim = claims.GetValueOrDefault(i);
            sequence += i == 0 ? 0 : _wire.Steps.Count == 0 ? 1 : _wire.Steps[i];
            yield return (
                new PageFrame(
                    sequence, length, now - since - (long)_wire.Ages[i], _wire.TimesToLive.Count == 0 ? 0 : _wire.TimesToLive[i],
                    claim is not null, claim is { HasCorrelationId: true } ? claim.CorrelationId : null),
                frames.Slice(start, length));
            start += length;
        }
    }

    private static void Write(Page page, EntryWire wire, long now)
    {
        var entries = page.Entries;
        wire.FirstSequence = entries.Count > 0 ? entries[0].Sequence : page.ThroughSequence;
        wire.ThroughSequence = page.ThroughSequence;
        wire.Frames = UnsafeByteOperations.UnsafeWrap(page.Frames);
        var (steps, lives) = (false, false);
        for (var i = 0; i < entries.Count; i++)
        {
            steps |= i > 0 && entries[i].Sequence != entries[i - 1].Sequence + 1;
            lives |= entries[i].TimeToLive != 0;
        }

        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            wire.Lengths.Add((uint)entry.Length);
            wire.Ages.Add((ulong)Math.Max(0, now - entry.AcceptedAt));
            if (steps)
            {
                wire.Steps.Add(i == 0 ? 0 : (uint)(entry.Sequence - entries[i - 1].Sequence));
            }

            if (lives)
            {
                wire.TimesToLive.Add(entry.TimeToLive);
            }

            if (entry.IsClaimed)
            {
                var claim = new ClaimWire { Index = (uint)i };
                if (entry.CorrelationId is { } id)
                {
                    claim.CorrelationId = id;
                }

                wire.Claims.Add(claim);
            }
        }
    }

    private static bool HasRanges(EntryWire wire)
    {
        for (var i = 0; i + 1 < wire.Ended.Count; i += 2)
        {
            if (wire.Ended[i] < 1 || wire.Ended[i + 1] < wire.Ended[i])
            {
                return false;
            }
        }

        return wire.Ended.Count % 2 == 0;
    }

    /// <summary>Sequences rise from 1 at the least, up to that of the page at the most.</summary>
    private static bool HasSequences(EntryWire wire)
    {
        var count = wire.Lengths.Count;
        var steps = wire.Steps.Count == 0 ? Math.Max(0, count - 1) : wire.Steps.Skip(1).Sum(static step => (long)step);
        return count == 0
            || (wire.FirstSequence > 0
                && (wire.Steps.Count == 0 || (wire.Steps.Count == count && wire.Steps.Skip(1).All(static step => step > 0)))
                && wire.FirstSequence <= wire.ThroughSequence - steps);
    }

    private static bool IsWhole(EntryWire wire)
    {
        var count = wire.Lengths.Count;
        return wire.Publisher.Length > 0
            && HasRanges(wire)
            && wire.Ages.Count == count
            && (wire.TimesToLive.Count == 0 || wire.TimesToLive.Count == count)
            && wire.Lengths.Sum(static length => (long)length) == wire.Frames.Length
            && HasSequences(wire)
            && wire.Claims.All(claim => claim.Index < count)
            && wire.Claims.DistinctBy(static claim => claim.Index).Count() == wire.Claims.Count;
    }
}
