using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>The two limits are exact, and they count what has no outcome, in flight or not.</summary>
public sealed class PublishBufferLimitTests
{
    [Theory]
    [InlineData(99, null)]
    [InlineData(100, null)]
    [InlineData(101, BufferLimit.Bytes)]
    public void The_byte_limit_is_exact(int size, BufferLimit? expected)
    {
        var test = new TestBuffer(maxBytes: 1_000);
        test.AcceptMany(9, 100);
        Assert.Equal(expected, test.Buffer.Check(size));
    }

    [Theory]
    [InlineData(8, null)]
    [InlineData(9, null)]
    [InlineData(10, BufferLimit.Messages)]
    public void The_message_limit_is_exact(int messages, BufferLimit? expected)
    {
        var test = new TestBuffer(maxMessages: 10);
        test.AcceptMany(messages, 100);
        Assert.Equal(expected, test.Buffer.Check(100));
    }

    [Fact]
    public void With_both_limits_reached_the_messages_are_named()
    {
        var test = new TestBuffer(maxBytes: 1_000, maxMessages: 10);
        test.AcceptMany(10, 100);
        Assert.Equal(BufferLimit.Messages, test.Buffer.Check(1));
    }

    [Fact]
    public void What_is_in_flight_counts_until_it_has_an_outcome()
    {
        var test = new TestBuffer(maxBytes: 1_000);
        test.AcceptMany(10, 100);
        test.TakeAll();
        test.Buffer.Written();
        Assert.Equal(BufferLimit.Bytes, test.Buffer.Check(1));
        test.Confirm(1);
        Assert.Null(test.Buffer.Check(100));
        Assert.Equal(BufferLimit.Bytes, test.Buffer.Check(101));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-1, 1)]
    public void A_buffer_has_limits(long maxBytes, long maxMessages) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PublishBuffer(maxBytes, maxMessages));

    [Fact]
    public void Sequences_rise_by_one_from_one()
    {
        var test = new TestBuffer();
        Assert.Equal((1L, 1L), (test.Buffer.NextSequence, test.Buffer.FirstSequence));
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 3).Select(_ => test.Accept(100)));
        Assert.Equal((4L, 1L), (test.Buffer.NextSequence, test.Buffer.FirstSequence));
    }

    [Fact]
    public void The_largest_frame_is_known_until_the_buffer_is_empty()
    {
        var test = new TestBuffer();
        test.Accept(100);
        test.Accept(5_000);
        test.Accept(100);
        Assert.Equal(5_000, test.Buffer.LargestFrame);
        test.TakeAll();
        test.Confirm(3);
        Assert.Equal(0, test.Buffer.LargestFrame);
    }
}
