using System.Text;
using NatsActors.Buffer;
using NatsActors.Cluster.Gateway;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>One session, driven by messages made by hand: what is lost, repeated, out of order, too large or too much.</summary>
public sealed class GatewaySessionTests
{
    private const int Largest = 512 * 1024;

    private readonly List<ToLink> _sent = [];
    private readonly RecordedLink _link = new();
    private readonly GatewaySession _session;
    private long _number;

    public GatewaySessionTests()
    {
        _session = new GatewaySession(ServerAddress.Parse("nats://127.0.0.1:4222"), Largest, RemoteFrames.Least, _sent.Add) { Link = _link };
        _session.On(new LinkUp(1, new ServerInfo { ServerId = "A", MaxPayload = 1024 }));
    }

    [Fact]
    public void Pieces_are_written_as_the_batch_that_they_were()
    {
        Give("first piece, ", "second piece, ", "last");
        Give("whole");

        Assert.Equal(["first piece, second piece, last", "whole"], _link.Written);
    }

    [Fact]
    public void A_batch_is_written_only_when_it_is_whole()
    {
        _session.On(Chunk.Of(1, Batch(10), "12345"u8));
        Assert.Empty(_link.Written);

        _session.On(Chunk.Of(2, null, "67890"u8));
        Assert.Equal(["1234567890"], _link.Written);
    }

    [Theory]
    [InlineData(new[] { 1L, 3L })]
    [InlineData(new[] { 2L, 1L })]
    public void A_gap_ends_the_session_and_nothing_of_the_batch_is_written(long[] numbers)
    {
        foreach (var number in numbers)
        {
            _session.On(Chunk.Of(number, number == 1 ? Batch(10) : null, "12345"u8));
        }

        AssertEnded(LinkLossKind.Unreachable, "is lost");
        Assert.Empty(_link.Written);
    }

    [Fact]
    public void A_message_that_comes_twice_counts_once()
    {
        var first = Chunk.Of(1, Batch(10), "12345"u8);
        _session.On(first);
        _session.On(first);
        _session.On(Chunk.Of(2, null, "67890"u8));
        _session.On(first);

        Assert.Equal(["1234567890"], _link.Written);
        Assert.False(_session.HasEnded);
    }

    [Theory]
    [InlineData(Largest + 70 * 1024, "is larger than a batch may be")]
    [InlineData(-5, "belongs to no batch")]
    public void A_batch_that_must_not_be_is_refused_before_it_is_kept(int bytes, string text)
    {
        var wire = new NatsActors.Cluster.Gateway.Wire.ChunkWire { Number = 1, BatchBytes = bytes, Messages = 1, Data = Google.Protobuf.ByteString.CopyFromUtf8("x") };
        _session.On(Chunk.Read(Google.Protobuf.MessageExtensions.ToByteArray(wire)));

        AssertEnded(LinkLossKind.Protocol, text);
    }

    [Theory]
    [InlineData(1024, Largest)]
    [InlineData(8 * 1024 * 1024, (8 * 1024 * 1024) + (64 * 1024))]
    public void The_link_is_told_how_large_a_batch_may_be(long maxPayload, long maxBatch)
    {
        _session.On(new LinkUp(1, new ServerInfo { MaxPayload = maxPayload }));
        Assert.Equal(maxBatch, Assert.IsType<SessionUp>(_sent[^1]).Info.MaxBatch);

        var frame = new byte[maxBatch];
        _session.On(Chunk.Of(++_number, new FrameBatch(frame, 1, 1, 1), frame));
        Assert.Equal(frame.Length, Assert.Single(_link.Batches).Frames.Length);
    }

    [Fact]
    public void A_message_as_large_as_the_server_takes_is_taken()
    {
        _session.On(new LinkUp(1, new ServerInfo { MaxPayload = 8 * 1024 * 1024 }));
        var frame = new byte[(8 * 1024 * 1024) + 5000];

        _session.On(Chunk.Of(1, new FrameBatch(frame, 1, 1, 1), frame));

        Assert.Equal(frame.Length, Assert.Single(_link.Written).Length);
    }

    [Fact]
    public void A_piece_larger_than_the_rest_of_its_batch_ends_the_session()
    {
        _session.On(Chunk.Of(1, Batch(10), "12345"u8));
        _session.On(Chunk.Of(2, null, "678901"u8));

        AssertEnded(LinkLossKind.Protocol, "larger than the rest");
    }

    [Fact]
    public void A_batch_that_begins_in_another_ends_the_session()
    {
        _session.On(Chunk.Of(1, Batch(10), "12345"u8));
        _session.On(Chunk.Of(2, Batch(5), "12345"u8));

        AssertEnded(LinkLossKind.Protocol, "a batch began after 5 of 10 bytes");
    }

    [Fact]
    public void More_batches_than_the_credit_end_the_session()
    {
        Give("a", "b");
        Give("c", "d");
        _session.On(new LinkWritten(1, 2));
        Give("e", "f");
        Assert.False(_session.HasEnded);

        Give("g");

        AssertEnded(LinkLossKind.Protocol, "more than 2 batches");
        Assert.Equal(["ab", "cd", "ef"], _link.Written);
    }

    [Fact]
    public void The_memory_of_a_batch_stays_until_it_is_written()
    {
        Give("aa", "bb");
        Give("cc", "dd");
        _session.On(new LinkWritten(1, 4));
        Give("ee", "ff");

        Assert.Equal(["aabb", "ccdd", "eeff"], _link.Written);
        Assert.Equal("ccdd", Encoding.UTF8.GetString(_link.Batches[1].Frames.Span));
        Assert.Equal("eeff", Encoding.UTF8.GetString(_link.Batches[2].Frames.Span));
    }

    [Fact]
    public void What_is_sent_is_numbered_and_names_what_was_taken()
    {
        Give("ab", "cd");
        _session.On(new LinkWritten(1, 4));
        _session.On(new LinkConfirmed(1, 4, ["secret.a"]) { RoundTrip = TimeSpan.FromMilliseconds(3) });
        _session.On(new Ping(++_number));
        _session.On(new LinkPubAcks(1, [new PubAck(4, "S", 1, false)]));

        Assert.Equal([1, 2, 3, 4, 5, 6], _sent.Select(message => message.Number));
        Assert.Equal([0, 2, 2, 2, 3, 3], _sent.Select(message => message.Taken));
        Assert.Equal(
            [typeof(SessionUp), typeof(Written), typeof(Denied), typeof(Confirmed), typeof(Taken), typeof(PubAcks)],
            _sent.Select(message => message.GetType()));
    }

    [Fact]
    public void Long_reports_are_cut_below_the_frame()
    {
        string[] denied = [.. Enumerable.Range(0, 1000).Select(i => $"{i}.{new string('d', 300)}")];
        _session.On(new LinkConfirmed(1, 1, denied));
        PubAck[] acks = [.. Enumerable.Range(1, 3000).Select(i => new PubAck(i, new string('s', 200), i, false))];
        _session.On(new LinkPubAcks(1, acks));

        Assert.Equal(denied, _sent.OfType<Denied>().SelectMany(message => message.Subjects));
        Assert.Equal(acks, _sent.OfType<PubAcks>().SelectMany(message => message.Acks));
        Assert.All(_sent, message => Assert.InRange(GatewayWire.Write(message).CalculateSize(), 0, RemoteFrames.Least));
    }

    [Fact]
    public void What_was_taken_is_told_in_the_middle_of_a_large_batch()
    {
        var bytes = new byte[500 * 1024];
        var batch = new FrameBatch(bytes, 1, 1, 1);
        for (var at = 0; at < bytes.Length; at += 50 * 1024)
        {
            _session.On(Chunk.Of(++_number, at == 0 ? batch : null, bytes.AsSpan(at, 50 * 1024)));
        }

        Assert.Equal(6, Assert.Single(_sent.OfType<Taken>()).Last);
    }

    [Fact]
    public void The_sender_of_a_closed_session_hears_nothing_more()
    {
        _session.On(new Close(1));
        _session.On(new LinkLost(1, LinkLossKind.Local, "closed"));

        Assert.True(_link.Closed);
        Assert.IsType<SessionUp>(Assert.Single(_sent));
    }

    [Fact]
    public void A_lost_server_is_the_last_word_and_is_cut_short()
    {
        _session.On(new LinkLost(1, LinkLossKind.ServerError, new string('x', 5000)));
        _session.On(new LinkWritten(1, 1));
        Give("late");

        var lost = Assert.IsType<SessionLost>(_sent[^1]);
        Assert.Equal((LinkLossKind.ServerError, 1000), (lost.Kind, lost.Detail.Length));
        Assert.Empty(_link.Written);
    }

    [Fact]
    public void Servers_and_nonces_stay_at_the_gateway()
    {
        _session.OnInfo(new ServerInfo { ConnectUrls = ["10.0.0.1:4222"], Nonce = "n", LameDuck = true, ServerId = new string('i', 999) }, hasAlternative: true);

        var info = Assert.IsType<InfoChanged>(_sent[^1]).Info;
        Assert.Equal((0, null, true, 200), (info.ConnectUrls.Count, info.Nonce, info.LameDuck, info.ServerId.Length));
    }

    private static FrameBatch Batch(int bytes) => new(new byte[bytes], 1, 1, 1);

    private void Give(params string[] pieces)
    {
        var batch = Batch(pieces.Sum(piece => piece.Length));
        for (var i = 0; i < pieces.Length; i++)
        {
            _session.On(Chunk.Of(++_number, i == 0 ? batch : null, Encoding.UTF8.GetBytes(pieces[i])));
        }
    }

    private void AssertEnded(LinkLossKind kind, string text)
    {
        var lost = Assert.IsType<SessionLost>(_sent[^1]);
        Assert.Equal(kind, lost.Kind);
        Assert.Contains(text, lost.Detail, StringComparison.Ordinal);
        Assert.True(_session.HasEnded && _link.Closed);
    }

    private sealed class RecordedLink : ILink
    {
        public long Epoch => 1;

        public List<FrameBatch> Batches { get; } = [];

        public List<string> Written { get; } = [];

        public bool Closed { get; private set; }

        public void Write(FrameBatch batch)
        {
            Batches.Add(batch);
            Written.Add(Encoding.UTF8.GetString(batch.Frames.Span));
        }

        public void Close() => Closed = true;
    }
}
