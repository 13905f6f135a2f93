using System.Text;
using NatsActors.Protocol;

namespace NatsActors.Tests.Protocol;

public sealed class FrameReaderTests
{
    [Theory]
    [InlineData("PUB a.b 3\r\nabc\r\n", "a.b", "", 3)]
    [InlineData("PUB a.b in.box 3\r\nabc\r\n", "a.b", "in.box", 3)]
    [InlineData("HPUB a.b 14 17\r\nNATS/1.0\r\n\r\n\r\nabc\r\n", "a.b", "", 17)]
    [InlineData("HPUB a.b in.box 14 17\r\nNATS/1.0\r\n\r\n\r\nabc\r\n", "a.b", "in.box", 17)]
    [InlineData("PUB a 5\r\n1 2 3\r\n", "a", "", 5)]
    public void A_control_line_is_read_back(string frame, string subject, string replyTo, long size)
    {
        var bytes = Encoding.UTF8.GetBytes(frame);

        Assert.Equal(subject, FrameReader.SubjectText(bytes));
        Assert.Equal(replyTo, Encoding.UTF8.GetString(FrameReader.ReplyTo(bytes)));
        Assert.Equal(size, FrameReader.PayloadSize(bytes));
    }

    [Fact]
    public void Frames_in_one_piece_are_read_one_by_one()
    {
        ReadOnlySpan<byte> frames = "PUB a 5\r\n1\r\n3\r\nHPUB b r 14 14\r\nNATS/1.0\r\n\r\n\r\n\r\nPUB c 0\r\n\r\n"u8;
        var second = FrameReader.Behind(frames);

        Assert.Equal("b", FrameReader.SubjectText(second));
        Assert.Equal("c", FrameReader.SubjectText(FrameReader.Behind(second)));
        Assert.Equal("c", FrameReader.SubjectText(FrameReader.Last(frames)));
        Assert.True(FrameReader.Behind(FrameReader.Last(frames)).IsEmpty);
    }
}
