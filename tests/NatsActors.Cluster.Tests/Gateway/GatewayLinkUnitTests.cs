using NatsActors.Buffer;
using NatsActors.Cluster.Gateway;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>One link to a gateway, driven by messages made by hand, on a clock that the test moves.</summary>
public sealed class GatewayLinkUnitTests
{
    private readonly VirtualTime _time = new();
    private readonly Channel _channel = new();
    private readonly Route _route = new();
    private readonly LinkRecorder _recorder = new(1);
    private readonly GatewayLink _link;
    private long _number;

    public GatewayLinkUnitTests()
    {
        var settings = new ConnectionSettings { ConnectTimeout = TimeSpan.FromSeconds(3), PingInterval = TimeSpan.FromSeconds(20) };
        var request = new LinkRequest(1, ServerAddress.Named("a gateway"), settings, TimeSpan.FromSeconds(4), null);
        _link = new GatewayLink(request, _route, _channel, 100 * 1024, _time, _recorder.Report);
    }

    [Fact]
    public async Task A_link_is_shown_with_its_gateway_and_its_server()
    {
        Up();

        Assert.Equal("akka.tcp://a@b:1 (nats://127.0.0.1:4222)", (await _recorder.WaitAsync<LinkUp>()).Peer);
    }

    [Fact]
    public void A_batch_is_copied_in_pieces_before_the_call_ends()
    {
        Up(pieceBytes: 4);
        var frames = "0123456789"u8.ToArray();

        _link.Write(new FrameBatch(frames, 1, 3, 3));
        Array.Clear(frames);

        var pieces = _channel.Sent.Cast<Chunk>().ToList();
        Assert.Equal(["0123", "4567", "89"], pieces.Select(piece => System.Text.Encoding.UTF8.GetString(piece.Data.Span)));
        Assert.Equal([2, 3, 4], pieces.Select(piece => piece.Number));
        Assert.Equal([10, 0, 0], pieces.Select(piece => piece.BatchBytes));
        Assert.Equal((1, 3, 3), (pieces[0].Batch.FirstSequence, pieces[0].Batch.LastSequence, pieces[0].Batch.Messages));
    }

    [Fact]
    public void No_more_is_on_its_way_than_the_window()
    {
        Up(pieceBytes: 30 * 1024);
        _link.Write(new FrameBatch(new byte[400 * 1024], 1, 1, 1));
        Assert.Equal(3, _channel.Sent.Count);

        On(new Taken(0, 2));
        Assert.Equal(4, _channel.Sent.Count);
        On(new Taken(0, 5));
        Assert.Equal(7, _channel.Sent.Count);
    }

    [Fact]
    public void A_piece_larger_than_the_window_is_sent_alone()
    {
        Up(pieceBytes: 150 * 1024);
        _link.Write(new FrameBatch(new byte[300 * 1024], 1, 1, 1));
        Assert.Single(_channel.Sent);

        On(new Taken(0, 2));
        Assert.Equal(2, _channel.Sent.Count);
    }

    [Fact]
    public void Batches_given_before_the_link_is_up_follow_when_it_is()
    {
        _link.Write(Batches.Numbered("a", 1, 1));
        Assert.Empty(_channel.Sent);

        Up();

        Assert.Single(_channel.Sent);
    }

    [Fact]
    public async Task A_link_that_is_up_before_the_gateway_has_answered_is_lost()
    {
        On(new SessionUp(0, 0, "nats://127.0.0.1:4222", new ServerInfo { Headers = true }));

        var lost = await _recorder.LostAsync();
        Assert.Equal((LinkLossKind.Unreachable, "the gateway's link is up before the gateway has answered"), (lost.Kind, lost.Detail));
        Assert.Empty(_channel.Sent);
    }

    [Theory]
    [InlineData(3, "came after 1")]
    [InlineData(9, "is lost")]
    public async Task A_gap_loses_the_link_at_once(long number, string text)
    {
        Up();

        _link.On(new Written(number, 0, 1));

        var lost = await _recorder.LostAsync();
        Assert.Equal(LinkLossKind.Unreachable, lost.Kind);
        Assert.Contains(text, lost.Detail, StringComparison.Ordinal);
        Assert.True(_channel.Ended);
    }

    [Fact]
    public async Task A_report_that_comes_twice_counts_once()
    {
        Up();
        _link.Write(Batches.Numbered("a", 1, 1));
        var written = new Written(2, 1, 1);

        _link.On(written);
        _link.On(written);

        await _recorder.WaitAsync<LinkWritten>();
        Assert.Single(_recorder.Reports.OfType<LinkWritten>());
        Assert.Empty(_recorder.Reports.OfType<LinkLost>());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public async Task A_gateway_that_has_taken_what_was_not_sent_is_left(long taken)
    {
        Up();

        _link.On(new Taken(2, taken));

        Assert.Contains("which was not sent", (await _recorder.LostAsync()).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_has_written_too_much_is_left()
    {
        Up();

        On(new Written(0, 1, 1));

        Assert.Contains("not given", (await _recorder.LostAsync()).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Denied_subjects_come_with_their_confirmation()
    {
        Up();
        _link.Write(Batches.Numbered("a", 1, 1));
        On(new Written(0, 1, 1));
        On(new Denied(0, 1, ["a"]));
        On(new Denied(0, 1, ["b"]));
        On(new Confirmed(0, 1, 1, TimeSpan.FromMilliseconds(2)));

        var confirmed = await _recorder.WaitAsync<LinkConfirmed>();
        Assert.Equal(["a", "b"], confirmed.DeniedSubjects);
        Assert.Equal(TimeSpan.FromMilliseconds(2), confirmed.RoundTrip);
        Assert.Equal(1, _route.Proofs);
        _recorder.AssertRulesKept();
    }

    [Fact]
    public async Task A_third_batch_is_too_much()
    {
        Up();
        for (var i = 0; i < 3; i++)
        {
            _link.Write(Batches.Numbered("a", i + 1, 1));
        }

        Assert.Equal(LinkLossKind.Local, (await _recorder.LostAsync()).Kind);
        Assert.IsType<Close>(_channel.Sent[^1]);
    }

    [Fact]
    public async Task A_gateway_that_does_not_answer_is_unreachable_after_the_connect_timeout()
    {
        _time.Advance(TimeSpan.FromSeconds(2.9));
        _link.Opened(1000);
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Empty(_recorder.Reports);

        _time.Advance(TimeSpan.FromSeconds(0.2));

        var lost = await _recorder.LostAsync();
        Assert.Equal((LinkLossKind.Unreachable, "the gateway has no link to a server yet for 3 s"), (lost.Kind, lost.Detail));
        Assert.Equal("akka.tcp://a@b:1", lost.Peer);
    }

    [Fact]
    public async Task A_silent_gateway_is_pinged_and_lost_after_the_confirm_timeout()
    {
        Up();
        _link.Write(Batches.Numbered("a", 1, 1));

        Advance(TimeSpan.FromSeconds(3));
        Assert.IsType<Ping>(_channel.Sent[^1]);
        Assert.Empty(_recorder.Reports.OfType<LinkLost>());
        Advance(TimeSpan.FromSeconds(2));

        var lost = await _recorder.LostAsync();
        Assert.Equal(LinkLossKind.Timeout, lost.Kind);
    }

    [Fact]
    public void A_gateway_that_answers_pings_waits_for_its_server()
    {
        Up();
        _link.Write(Batches.Numbered("a", 1, 1));
        for (var i = 0; i < 20; i++)
        {
            Advance(TimeSpan.FromSeconds(2.5));
            On(new Taken(0, _channel.Sent[^1].Number));
        }

        Assert.Empty(_recorder.Reports.OfType<LinkLost>());
    }

    [Fact]
    public async Task An_idle_link_is_pinged_after_the_ping_interval()
    {
        Up();
        Advance(TimeSpan.FromSeconds(19));
        Assert.Empty(_channel.Sent);
        Advance(TimeSpan.FromSeconds(2));
        Assert.IsType<Ping>(Assert.Single(_channel.Sent));
        On(new Taken(0, 2));

        Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(2, _channel.Sent.Count);
        Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(LinkLossKind.Timeout, (await _recorder.LostAsync()).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gateway_that_leaves_is_a_lame_duck_and_still_confirms(bool othersHaveFailed)
    {
        (_route.Others, _route.Fresh) = (true, !othersHaveFailed);
        Up();
        _link.Write(Batches.Numbered("a", 1, 1));

        _link.Leaving();
        On(new GatewayLeaving(0, 1));
        On(new Written(0, 1, 1));
        On(new Confirmed(0, 1, 1, null));

        var changed = await _recorder.WaitAsync<LinkInfoChanged>();
        Assert.True(changed.Info.LameDuck && changed.HasAlternative);
        await _recorder.WaitAsync<LinkConfirmed>();
        Assert.Single(_recorder.Reports.OfType<LinkInfoChanged>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loss_says_whether_there_is_another_gateway(bool others)
    {
        (_route.Others, _route.Fresh) = (true, others);
        Up();

        _link.Broke(LinkLossKind.Unreachable, "gone");
        _link.Broke(LinkLossKind.Unreachable, "gone twice");

        Assert.Equal((others, "gone"), ((await _recorder.LostAsync()) is var lost ? (lost.HasAlternative, lost.Detail) : default));
        Assert.Equal(1, _route.Failures);
    }

    [Fact]
    public async Task A_link_that_the_publisher_closes_is_no_failure_of_the_gateway()
    {
        Up();

        _link.Close();

        Assert.Equal(LinkLossKind.Local, (await _recorder.LostAsync()).Kind);
        Assert.Equal(0, _route.Failures);
        Assert.IsType<Close>(Assert.Single(_channel.Sent));
    }

    private void Up(int pieceBytes = 60_000)
    {
        _link.Opened(pieceBytes);
        // The session is told at once that the link lives.
        Assert.Equal(new Ping(1), Assert.Single(_channel.Sent));
        _channel.Sent.Clear();
        On(new SessionUp(0, 1, "nats://127.0.0.1:4222", new ServerInfo { Headers = true }));
    }

    /// <summary>The next message of the gateway.</summary>
    private void On(ToLink message) => _link.On(message is Taken taken
        ? new Taken(++_number, taken.Last)
        : message with { Number = ++_number });

    private void Advance(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(250))
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
        }
    }

    private sealed class Channel : ISessionChannel
    {
        public List<IToSession> Sent { get; } = [];

        public bool Ended { get; private set; }

        public void Send(IToSession message) => Sent.Add(message);

        public void End() => Ended = true;
    }

    private sealed class Route : IGatewayRoute
    {
        public string Address => "akka.tcp://a@b:1";

        /// <summary>There is another gateway.</summary>
        public bool Others { get; set; }

        /// <summary>There is another gateway that has not failed.</summary>
        public bool Fresh { get; set; }

        public int Failures { get; private set; }

        public int Proofs { get; private set; }

        public bool Failed()
        {
            Failures++;
            return Fresh;
        }

        public bool Left() => Others;

        public void Proved() => Proofs++;
    }
}
