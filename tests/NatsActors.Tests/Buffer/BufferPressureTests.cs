using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>The watermarks lie on either limit, and everything is told once an episode.</summary>
public sealed class BufferPressureTests
{
    private readonly TestBuffer _test = new(maxBytes: 10_000, maxMessages: 100);
    private readonly BufferPressure _pressure;

    public BufferPressureTests() =>
        _pressure = new BufferPressure(new BufferSettings { HighWatermark = 0.8, LowWatermark = 0.5 }, _test.Buffer);

    [Theory]
    [InlineData(80, 10, false)]
    [InlineData(81, 10, true)]
    [InlineData(8, 1_000, false)]
    [InlineData(9, 1_000, true)]
    public void The_high_watermark_lies_on_either_limit(int messages, int size, bool due)
    {
        _test.AcceptMany(messages, size);
        Assert.Equal(due, _pressure.HighDue);
    }

    [Theory]
    [InlineData(50, 10, true)]
    [InlineData(51, 10, false)]
    [InlineData(5, 1_000, true)]
    [InlineData(6, 1_000, false)]
    public void Below_the_low_watermark_means_below_on_both_limits(int messages, int size, bool below)
    {
        _test.AcceptMany(messages, size);
        Assert.Equal(below, _pressure.BelowLow);
    }

    [Fact]
    public void A_crossing_is_told_once_and_again_only_after_relief()
    {
        _test.AcceptMany(90, 10);
        Assert.True(_pressure.CrossedHigh());
        Assert.False(_pressure.HighDue);
        Assert.False(_pressure.CrossedHigh());

        Leave(60);
        Assert.False(_pressure.Relieved(out _, out _));
        _test.AcceptMany(40, 10);
        Assert.False(_pressure.CrossedHigh());

        Leave(50);
        Assert.False(_pressure.Relieved(out _, out _));
        _test.AcceptMany(40, 10);
        Assert.True(_pressure.CrossedHigh());
    }

    [Fact]
    public void An_overflow_is_told_at_its_start_and_at_its_end_with_the_counts()
    {
        _test.AcceptMany(100, 10);
        Assert.True(_pressure.Overflowed(refused: 1, dropped: 0));
        Assert.False(_pressure.Overflowed(refused: 2, dropped: 5));
        Leave(51);
        Assert.False(_pressure.Relieved(out _, out _));
        Leave(50);
        Assert.True(_pressure.Relieved(out var refused, out var dropped));
        Assert.Equal((3L, 5L), (refused, dropped));
        Assert.False(_pressure.Relieved(out refused, out dropped));
        Assert.Equal((0L, 0L), (refused, dropped));
        Assert.True(_pressure.Overflowed(1, 0));
    }

    private void Leave(int messages)
    {
        _test.TakeAll();
        while (_test.Buffer.Messages > messages)
        {
            _test.End(_test.Buffer.FirstSequence);
        }
    }
}
