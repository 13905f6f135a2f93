using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using NatsActors.Buffer;
using NatsActors.Persistence.Wire;

namespace NatsActors.Persistence.Tests;

/// <summary>The bytes of an event: what goes in comes out, and whatever else comes in is a fault and not an exception.</summary>
public sealed class EntryTests
{
    [Fact]
    public void A_page_comes_out_as_it_went_in_and_ages_go_on()
    {
        var page = new Page();
        page.Add("one"u8, 5, 1_000, 0, null);
        page.Add("three"u8, 7, 1_500, 300, new Ticket("c"));
        page.Add(""u8, 8, 1_600, 0, new Ticket(null));
        page.ThroughSequence = 9;
        var mark = new Mark(3, [new SequenceRange(5, 5), new SequenceRange(8, 9)], 100, 100);

        var entry = Entry.Decode(Entry.Encode(page, mark, "publisher", "_INBOX.publisher", "instance", 4, 2, 10_000, 2_000), out _)!;

        Assert.Equal(("publisher", "_INBOX.publisher"), (entry.InboxId, entry.AckInbox));
        Assert.Equal(("instance", 4L, 2L), (entry.Instance, entry.Behind, entry.DurableThrough));
        Assert.Equal((3L, 9L, true), (entry.EndedThrough, entry.ThroughSequence, entry.HasPage));
        Assert.Equal(mark.Ended, entry.Ended);
        // Two seconds later, in a process whose clock began anew.
        var messages = entry.Messages(12_000, 50).ToList();
        Assert.Equal(
            [
                new PageFrame(5, 3, 50 - 3_000, 0, false, null), new PageFrame(7, 5, 50 - 2_500, 300, true, "c"),
                new PageFrame(8, 0, 50 - 2_400, 0, true, null),
            ],
            messages.Select(message => message.Frame));
        Assert.Equal(["one", "three", ""], messages.Select(message => System.Text.Encoding.UTF8.GetString(message.Bytes.Span)));
        // A clock that was set back makes nothing younger than it was.
        Assert.Equal([50 - 1_000, 50 - 500, 50 - 400], entry.Messages(0, 50).Select(message => message.Frame.AcceptedAt));
    }

    [Fact]
    public void Any_flipped_bit_and_any_cut_is_a_fault()
    {
        var page = new Page();
        page.Add("the frame of a message"u8, 1, 0, 0, new Ticket("correlation"));
        page.ThroughSequence = 1;
        var bytes = Entry.Encode(page, new Mark(0, [], 0, 0), "publisher", "", "instance", 0, 0, 1, 1);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = bytes.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertFault(flipped);
        }

        for (var length = 0; length < bytes.Length; length++)
        {
            AssertFault(bytes[..length]);
        }

        AssertFault(new byte[4]);
        AssertFault(new byte[bytes.Length]);
    }

    [Fact]
    public void Random_bytes_are_a_fault_and_throw_nothing() =>
        Prop.ForAll<byte[]>(bytes => Entry.Decode(bytes, out var fault) is null == (fault is not null)).Check(Config(2_000));

    [Fact]
    public void Random_bytes_with_a_checksum_that_holds_throw_nothing_when_they_are_read() =>
        Prop.ForAll<byte[]>(ReadsOrFaults).Check(Config(5_000));

    [Fact]
    public void Fields_that_contradict_each_other_throw_nothing_when_they_are_read() =>
        Prop.ForAll<byte[], int[], int[]>((lengths, numbers, claims) =>
        {
            // Most of the first conditions are met, so that the last ones are tried.
            var steps = numbers.Take(lengths.Length).ToArray();
            var wire = new EntryWire
            {
                Publisher = "p", Instance = "i", Frames = ByteString.CopyFrom(new byte[lengths.Sum(static length => length)]),
                FirstSequence = numbers.FirstOrDefault(1), ThroughSequence = numbers.Sum(static number => (long)number),
            };
            wire.Lengths.Add(lengths.Select(static length => (uint)length));
            wire.Ages.Add(lengths.Select(static length => ulong.MaxValue / (length + 1UL)));
            wire.Steps.Add(steps.Select(static step => (uint)step));
            wire.Claims.Add(claims.Select(static index => new ClaimWire { Index = (uint)index }));
            wire.Ended.Add(claims.Select(static number => (long)number));
            return ReadsOrFaults(wire.ToByteArray());
        }).Check(Config(5_000));

    [Fact]
    public void Contradictions_are_faults()
    {
        AssertFault(Whole(wire => wire.Claims.Add([new ClaimWire { Index = 0 }, new ClaimWire { Index = 0 }])));
        AssertFault(Whole(wire => wire.Claims.Add(new ClaimWire { Index = 2 })));
        AssertFault(Whole(wire => wire.Claims.Add(new ClaimWire { Index = uint.MaxValue })));
        AssertFault(Whole(wire => wire.Steps.Add([0, 0])));
        AssertFault(Whole(wire => wire.Lengths[0]++));
        AssertFault(Whole(wire => wire.Ages.Add(1)));
        AssertFault(Whole(wire => wire.ThroughSequence = 1));
        AssertFault(Whole(wire => wire.FirstSequence = 0));
        AssertFault(Whole(wire => wire.Ended.Add(1)));
        AssertFault(Whole(wire => wire.Ended.Add([5, 4])));
        AssertFault(Whole(wire => wire.Publisher = ""));
        Assert.NotNull(Entry.Decode(WithChecksum(Whole(static _ => { }).ToByteArray()), out var _));
    }

    private static Config Config(int runs) => FsCheck.Config.QuickThrowOnFailure.WithMaxTest(runs).WithQuietOnSuccess(true);

    private static EntryWire Whole(Action<EntryWire> change)
    {
        var wire = new EntryWire { Publisher = "p", Instance = "i", FirstSequence = 1, ThroughSequence = 2, Frames = ByteString.CopyFromUtf8("abcd") };
        wire.Lengths.Add([2, 2]);
        wire.Ages.Add([0, 0]);
        change(wire);
        return wire;
    }

    private static void AssertFault(EntryWire wire)
    {
        Assert.Null(Entry.Decode(WithChecksum(wire.ToByteArray()), out var fault));
        Assert.NotNull(fault);
    }

    private static void AssertFault(byte[] bytes)
    {
        Assert.Null(Entry.Decode(bytes, out var fault));
        Assert.NotNull(fault);
    }

    private static bool ReadsOrFaults(byte[] bytes)
    {
        if (Entry.Decode(WithChecksum(bytes), out var fault) is not { } entry)
        {
            return fault is not null;
        }

        _ = entry.Ended.Count() + entry.Messages(0, 0).Count();
        return fault is null;
    }

    private static byte[] WithChecksum(byte[] bytes)
    {
        byte[] whole = [.. new byte[Checksum.Size], .. bytes];
        Checksum.Write(whole);
        return whole;
    }

    private sealed class Ticket(string? correlationId) : ITicket
    {
        public bool IsClaim => true;

        public string? CorrelationId => correlationId;
    }
}
