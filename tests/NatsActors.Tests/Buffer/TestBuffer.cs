using System.Buffers.Binary;
using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>A buffer whose frames are told apart by their content, and what it told of tickets.</summary>
internal sealed class TestBuffer(long maxBytes = 64 * 1024 * 1024, long maxMessages = 1_000_000) : IFrameSink
{
    public const int Segment = PublishBuffer.SegmentBytes;

    public PublishBuffer Buffer { get; } = new(maxBytes, maxMessages);

    /// <summary>The tickets of frames that ended, in order.</summary>
    public List<(long Sequence, object Ticket, bool WasWritten)> Told { get; } = [];

    public long Accept(int size, object? ticket = null, long now = 0, uint timeToLive = 0)
    {
        Write(Buffer.Reserve(size, now)[..size], Buffer.NextSequence);
        return Buffer.Commit(size, now, timeToLive, ticket);
    }

    public void AcceptMany(int count, int size, object? ticket = null, long now = 0, uint timeToLive = 0)
    {
        for (var i = 0; i < count; i++)
        {
            Accept(size, ticket, now, timeToLive);
        }
    }

    public FrameBatch Take(long maxBytes = long.MaxValue, long maxMessages = long.MaxValue) =>
        Buffer.TryTake(maxBytes, maxMessages, out var batch) ? batch : default;

    /// <summary>Takes until nothing is queued; the sequences of the batches, first and last.</summary>
    public List<(long First, long Last)> TakeAll()
    {
        var taken = new List<(long, long)>();
        while (Buffer.TryTake(long.MaxValue, long.MaxValue, out var batch))
        {
            taken.Add((batch.FirstSequence, batch.LastSequence));
        }

        return taken;
    }

    public long Confirm(long through)
    {
        var sum = 0L;
        bool more;
        do
        {
            more = Buffer.EndThrough(through, this, out var ended);
            sum += ended;
        }
        while (more);
        return sum;
    }

    public bool End(long sequence) => Buffer.End(sequence, this);

    public long Drop(int size) => Buffer.DropOldest(size, this);

    public long Expire(long now) => Run(new ExpirySweep(now, Buffer.NextSequence - 1));

    public long Purge(Func<long, bool> which) => Purge(which, queuedOnly: true, long.MaxValue);

    public long Purge(Func<long, bool> which, bool queuedOnly, long through) => Run(new FilterSweep(
        UndeliveredReason.Purged, null, through, queuedOnly, (_, frame) => which(SequenceIn(frame))));

    public void Rewind(bool linkGone)
    {
        Buffer.Rewind(linkGone);
        Compact();
    }

    public void Compact()
    {
        while (Buffer.CompactSlice())
        {
        }
    }

    private long Run(Sweep sweep)
    {
        while (Buffer.SweepSlice(sweep, this))
        {
        }

        Compact();
        return sweep.Ended;
    }

    /// <summary>What is live, in order.</summary>
    public List<long> Left()
    {
        var left = new List<long>();
        Buffer.Visit((sequence, frame, _) =>
        {
            Assert.True(IsIntact(frame, sequence), $"The content of frame {sequence} has changed.");
            left.Add(sequence);
        });
        return left;
    }

    public void AssertHolds(long messages, long bytes, long inFlightMessages, long inFlightBytes)
    {
        Assert.Equal((messages, bytes), (Buffer.Messages, Buffer.Bytes));
        Assert.Equal((inFlightMessages, inFlightBytes), (Buffer.InFlightMessages, Buffer.InFlightBytes));
        Assert.Equal(messages - inFlightMessages, Buffer.QueuedMessages);
    }

    public static void Write(Span<byte> frame, long sequence)
    {
        frame.Fill((byte)sequence);
        if (frame.Length >= sizeof(long))
        {
            BinaryPrimitives.WriteInt64LittleEndian(frame, sequence);
        }
    }

    public static long SequenceIn(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadInt64LittleEndian(frame);

    public static bool IsIntact(ReadOnlySpan<byte> frame, long sequence)
    {
        var expected = new byte[frame.Length];
        Write(expected, sequence);
        return frame.SequenceEqual(expected);
    }

    bool IFrameSink.WantsAges => false;

    void IFrameSink.Left(long acceptedAt)
    {
    }

    void IFrameSink.Ended(long sequence, object ticket, bool wasWritten) => Told.Add((sequence, ticket, wasWritten));
}
