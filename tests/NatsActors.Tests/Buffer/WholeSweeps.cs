using NatsActors.Buffer;

namespace NatsActors.Tests;

/// <summary>For tests that are not about slices: runs what an outbox does in slices to its end.</summary>
internal static class WholeSweeps
{
    public static long Run(this Outbox outbox, Sweep? sweep)
    {
        while (sweep is not null && outbox.Advance(sweep))
        {
        }

        return sweep?.Ended ?? 0;
    }

    public static long Expire(this Outbox outbox, long now) => outbox.Run(outbox.StartExpiry(now));

    public static long Purge(this Outbox outbox, string? filter) => outbox.Run(outbox.StartPurge(filter, outbox.Buffer.NextSequence - 1));

    public static void DeliverAll(this Outbox outbox, long throughSequence)
    {
        while (outbox.Delivered(throughSequence))
        {
        }
    }

    /// <summary>Visits every frame without an outcome, in order.</summary>
    public static void Visit(this PublishBuffer buffer, FrameVisitor visitor)
    {
        var cursor = buffer.CursorSequence;
        var looking = new FilterSweep(default, null, long.MaxValue, queuedOnly: false, (sequence, frame) =>
        {
            visitor(sequence, frame, sequence < cursor);
            return false;
        });
        while (buffer.SweepSlice(looking, NoSink.Instance))
        {
        }
    }

    public delegate void FrameVisitor(long sequence, ReadOnlySpan<byte> frame, bool inFlight);

    private sealed class NoSink : IFrameSink
    {
        public static NoSink Instance { get; } = new();

        public bool WantsAges => false;

        public void Left(long acceptedAt)
        {
        }

        public void Ended(long sequence, object ticket, bool wasWritten) => Assert.Fail("Looking at a frame has ended it.");
    }
}
