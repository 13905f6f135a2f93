using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>A buffer that holds much: larger segments, and huge pages where the system has them.</summary>
public sealed class DeepBufferTests
{
    private const int Size = 1_000;

    [Fact]
    public void Frames_of_a_deep_buffer_are_taken_in_order_as_they_were_encoded()
    {
        var test = new TestBuffer();
        test.AcceptMany(60_000, Size);
        var next = 1L;
        while (test.Buffer.TryTake(512 * 1024, long.MaxValue, out var batch))
        {
            Assert.Equal(next, batch.FirstSequence);
            for (var i = 0; i < batch.Messages; i++)
            {
                Assert.True(TestBuffer.IsIntact(batch.Frames.Span.Slice(i * Size, Size), next++));
            }
        }

        Assert.Equal(60_001, next);
    }

    [Fact]
    public void Batches_of_a_deep_buffer_are_larger_than_a_small_segment()
    {
        var test = new TestBuffer();
        test.AcceptMany(60_000, Size);
        var largest = 0;
        while (test.Buffer.TryTake(512 * 1024, long.MaxValue, out var batch))
        {
            largest = Math.Max(largest, batch.Frames.Length);
        }

        Assert.InRange(largest, (512 * 1024) - Size, 512 * 1024);
    }

    [Fact]
    public void Memory_of_a_deep_buffer_is_used_again()
    {
        var test = new TestBuffer();
        var held = 0L;
        for (var turn = 0; turn < 3; turn++)
        {
            test.AcceptMany(60_000, Size);
            for (var batches = test.TakeAll().Count; batches > 0; batches--)
            {
                test.Buffer.Written();
            }

            test.Confirm(test.Buffer.WrittenThrough);
            if (turn > 0)
            {
                Assert.InRange(test.Buffer.HeldBytes + test.Buffer.SpareBytes, held, held + HugePage.Size);
            }

            held = test.Buffer.HeldBytes + test.Buffer.SpareBytes;
            Assert.InRange(held, 60_000_000, (64 * 1024 * 1024 / 8 * 9) + (2 * HugePage.Size));
        }
    }

    [Fact]
    public void A_huge_page_is_one_run_of_memory_that_can_be_written_and_read()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Null(HugePage.TryCreate());
            return;
        }

        var page = HugePage.TryCreate();
        Assert.NotNull(page);
        page.GetSpan().Fill(0x5a);
        Assert.Equal(HugePage.Size, page.Memory.Length);
        Assert.False(page.Memory.Span.ContainsAnyExcept((byte)0x5a));
        page.Slice(HugePage.Size - 1, 1)[0] = 1;
        Assert.Equal(1, page.Memory.Span[^1]);
        Assert.Equal(0, page.Slice(HugePage.Size, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = page.Slice(-1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = page.Slice(HugePage.Size - 1, 2).Length);
        using var pin = page.Memory.Pin();
    }
}
