using System.Diagnostics;
using NatsActors.Buffer;
using NatsActors.Door;

namespace NatsActors.Tests.Door;

/// <summary>What one message costs on its way through the intake and the buffer.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class IntakeCostTests
{
    private static readonly byte[] Payload = new byte[16];

    [Theory]
    [InlineData(ConfirmMode.Fence, OverflowPolicy.Reject)]
    [InlineData(ConfirmMode.JetStream, OverflowPolicy.Reject)]
    [InlineData(ConfirmMode.Fence, OverflowPolicy.DropOldest)]
    public void A_message_without_a_reply_object_allocates_nothing(ConfirmMode confirm, OverflowPolicy overflow)
    {
        var fixture = new IntakeTests.Fixture(
            confirm, overflow, TimeSpan.FromSeconds(60), maxBytes: 1 << 20, maxMessages: overflow == OverflowPolicy.DropOldest ? 100 : 100_000);
        Publish(fixture, 100_000);
        // The runtime may compile again and allocate for it, but not in every round.
        Assert.Contains(0, Enumerable.Range(0, 5).Select(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Publish(fixture, 10_000);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));

        static void Publish(IntakeTests.Fixture fixture, int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(fixture.Offer("orders.eu", Payload, i / 100));
                fixture.Outbox.Expire(i / 100);
                if (i % 500 == 499 && fixture.Buffer.TryTake(1 << 20, 300, out var batch))
                {
                    fixture.Buffer.Written();
                    fixture.Outbox.Delivered(batch.LastSequence);
                    fixture.Outbox.Delivered(long.MaxValue - 1);
                }

                if (i % 5_000 == 4_999)
                {
                    Drain(fixture);
                }
            }
        }
    }

    [Fact]
    public void Accepting_costs_the_same_with_a_million_buffered()
    {
        const int Sample = 20_000;
        var fixture = new IntakeTests.Fixture(maxBytes: 1L << 30, maxMessages: 10_000_000);
        Accept(fixture, 1_000);
        var shallow = Best(fixture, Sample);
        Accept(fixture, 1_000_000);
        var deep = Best(fixture, Sample);

        // A cost that grows with the depth would be tens of times; the bound leaves room for a busy machine.
        Assert.True(deep < 4 * shallow, $"{shallow.TotalNanoseconds / Sample:F0} ns became {deep.TotalNanoseconds / Sample:F0} ns.");

        static TimeSpan Best(IntakeTests.Fixture fixture, int count) => Enumerable.Range(0, 7).Min(_ =>
        {
            var started = Stopwatch.GetTimestamp();
            Accept(fixture, count);
            return Stopwatch.GetElapsedTime(started);
        });

        static void Accept(IntakeTests.Fixture fixture, int count)
        {
            for (var i = 0; i < count; i++)
            {
                fixture.Offer("orders.eu", Payload);
            }
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(19)]
    [InlineData(50)]
    public void A_million_messages_cost_little_more_than_their_wire_bytes_and_16_each(int size)
    {
        var payload = new byte[size];
        const int Count = 1_000_000;
        var before = Memory();
        var fixture = new IntakeTests.Fixture(maxBytes: 1L << 30, maxMessages: Count);
        for (var i = 0; i < Count; i++)
        {
            fixture.Offer("a", payload);
        }

        var after = Memory();
        Assert.Equal(Count, fixture.Buffer.Messages);
        Assert.InRange((after - before - fixture.Buffer.Bytes) / (double)Count, 0, 24);
        GC.KeepAlive(fixture);
    }

    private static void Drain(IntakeTests.Fixture fixture)
    {
        while (fixture.Buffer.TryTake(1 << 20, long.MaxValue, out var batch))
        {
            fixture.Buffer.Written();
            fixture.Outbox.Delivered(batch.LastSequence);
        }
    }

    private static long Memory()
    {
        _ = GC.GetTotalMemory(forceFullCollection: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true) + HugePage.Mapped;
    }
}
