using NatsActors.Links;
using NatsActors.Protocol;
using Xunit;

namespace NatsActors.Testing;

/// <summary>PubAcks, and what a server answers in their place.</summary>
public abstract partial class LinkSuite
{
    [Fact]
    public async Task Stored_messages_are_acknowledged_by_their_stream_and_repeats_are_told_apart()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateStreamAsync(server, "LINES", "lines");
        var (link, recorder) = Open(server.Url, ackInbox: "_INBOX.acks");
        await recorder.WaitAsync<LinkUp>();

        link.Write(Batches.Request(1, "lines", "_INBOX.acks.1", "id-1", "one"));
        var first = await AckAsync(recorder, 1);
        link.Write(Batches.Request(2, "lines", "_INBOX.acks.2", "id-1", "one"));
        var second = await AckAsync(recorder, 2);

        Assert.Equal(new PubAck(1, "LINES", 1, Duplicate: false), first);
        Assert.Equal(new PubAck(2, "LINES", 1, Duplicate: true), second);
        recorder.AssertRulesKept();
    }

    [Fact]
    public async Task A_message_that_no_stream_listens_for_is_answered_503()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        var (link, recorder) = Open(server.Url, ackInbox: "_INBOX.acks");
        await recorder.WaitAsync<LinkUp>();

        link.Write(Batches.Request(5, "nobody", "_INBOX.acks.5", "id-5", "x"));
        var ack = await AckAsync(recorder, 5);

        Assert.Null(ack.Stream);
        Assert.Equal(503, ack.Code);
        Assert.NotEmpty(ack.Error!);
    }

    [Fact]
    public async Task A_full_stream_answers_with_its_error()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateStreamAsync(server, "ONE", "one", maxMessages: 1);
        var (link, recorder) = Open(server.Url, ackInbox: "_INBOX.acks");
        await recorder.WaitAsync<LinkUp>();

        link.Write(Batches.Request(1, "one", "_INBOX.acks.1", "id-1", "x"));
        await AckAsync(recorder, 1);
        link.Write(Batches.Request(2, "one", "_INBOX.acks.2", "id-2", "x"));
        var ack = await AckAsync(recorder, 2);

        Assert.Null(ack.Stream);
        Assert.Equal((503, 10077), (ack.Code, ack.ErrorCode));
        Assert.Contains("maximum messages", ack.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Nats-Expected-Stream: OTHER", 10060)]
    [InlineData("Nats-Expected-Last-Sequence: 7", 10071)]
    [InlineData("Nats-Expected-Last-Subject-Sequence: 7", 10071)]
    [InlineData("Nats-Expected-Last-Msg-Id: id-7", 10070)]
    [InlineData("Nats-Expected-Stream: LINES", 0)]
    [InlineData("Nats-Expected-Last-Sequence: 1", 0)]
    [InlineData("Nats-Expected-Last-Msg-Id: id-1", 0)]
    public async Task What_a_message_expects_of_its_stream_is_the_streams_to_check(string expectation, int error)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateStreamAsync(server, "LINES", "lines");
        var (link, recorder) = Open(server.Url, ackInbox: "_INBOX.acks");
        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Request(1, "lines", "_INBOX.acks.1", "id-1", "one"));
        await AckAsync(recorder, 1);

        link.Write(Batches.Request(2, "lines", "_INBOX.acks.2", "id-2", "two", expectation));

        var ack = await AckAsync(recorder, 2);
        Assert.Equal((error == 0 ? "LINES" : null, error), (ack.Stream, ack.ErrorCode));
    }

    private static async Task CreateStreamAsync(NatsServer server, string name, string subject, long maxMessages = -1)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync(name, [subject], maxMessages: maxMessages);
    }

    private static async Task<PubAck> AckAsync(LinkRecorder recorder, long sequence)
    {
        var acks = await recorder.WaitAsync<LinkPubAcks>(report => report.Acks.Any(ack => ack.Sequence == sequence));
        return acks.Acks.First(ack => ack.Sequence == sequence);
    }
}
