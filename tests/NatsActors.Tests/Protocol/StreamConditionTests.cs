using System.Text;
using NatsActors.Protocol;

namespace NatsActors.Tests.Protocol;

public sealed class StreamConditionTests
{
    private const string Condition = "Nats-Expected-Last-Msg-Id: p.1\r\n";

    [Fact]
    public void What_is_lifted_leaves_the_rest_of_the_frame_as_it_was()
    {
        var frame = Encode("body", expected: new FrameText("p", 1));
        var before = Encoding.UTF8.GetString(frame);

        Assert.True(StreamCondition.TryLift(frame));

        Assert.Equal(before.Replace("Nats-Expected-Last-Msg-Id: p.1", "Nats-Actors-Former-Msg-Id: p.1", StringComparison.Ordinal), Encoding.UTF8.GetString(frame));
        Assert.False(StreamCondition.TryLift(frame));
    }

    [Fact]
    public void A_payload_that_reads_like_a_condition_is_none()
    {
        var frame = Encode(Condition, expected: default);
        var before = frame.ToArray();

        Assert.False(StreamCondition.TryLift(frame));

        Assert.Equal(before, frame);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PUB a 32\r\n" + Condition + "\r\n")]
    public void A_frame_without_headers_has_none(string frame) => Assert.False(StreamCondition.TryLift(Encoding.UTF8.GetBytes(frame)));

    private static byte[] Encode(string payload, FrameText expected)
    {
        var frame = FrameEncoder.Measure("s", Encoding.UTF8.GetBytes(payload), null, "_INBOX.x.2", new FrameText("p", 2), expected);
        var bytes = new byte[frame.Length];
        frame.Write(bytes);
        return bytes;
    }
}
