using NatsActors.Connection;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Specs;

/// <summary>Servers that lack something, that end, and that tell of others.</summary>
public class ServerSpecs : ActorSpec
{
    private static readonly PublisherSettings TwoServers =
        With(connection: c => c with { Servers = ["nats://a:4222", "nats://b:4222"] });

    [Fact]
    public void A_server_without_headers_is_left_alone_while_messages_have_them()
    {
        var events = Events<NatsEvent>();
        StartPublisher();
        Ask<Ack>(Message("1") with { Headers = [new("Kind", "a")] });
        var old = Link;
        old.Up(new ServerInfo { Headers = false });
        Settle();
        var disconnected = events.ExpectMsg<Disconnected>();
        Assert.Equal(LinkLossKind.Protocol, disconnected.Kind);
        Assert.Contains("does not support headers", disconnected.Detail, StringComparison.Ordinal);
        Assert.True(old.Closed);
        Assert.Empty(old.Frames);
        var next = Redialled(old);
        next.Up();
        Serve(next);
        events.ExpectMsg<Connected>();
        Assert.Equal(1, Status().Totals.Delivered);
    }

    [Fact]
    public void A_server_without_headers_cannot_store()
    {
        StartPublisher(With(delivery: d => d with { Confirm = ConfirmMode.JetStream }));
        Link.Up(new ServerInfo { Headers = false });
        Assert.NotEqual(ConnectionState.Connected, Status().State);
        Assert.Contains("does not support headers", Status().LastError, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_without_headers_takes_messages_without_them_and_others_are_rejected()
    {
        var link = StartConnected(info: new ServerInfo { Headers = false });
        Accept("1");
        Assert.Equal(RejectReason.BadHeader, Ask<Rejected>(Message("2") with { Headers = [new("Kind", "a")] }).Reason);
        Assert.Equal(RejectReason.BadHeader, Ask<Rejected>(Message("3") with { Id = "a" }).Reason);
        Serve(link);
        Assert.Equal(1, Status().Totals.Delivered);
        var next = Reconnect(link);
        Ask<Ack>(Message("4") with { Id = "a" });
        Serve(next);
        Assert.Equal(["4"], next.Payloads);
    }

    [Fact]
    public void Another_server_is_tried_at_once()
    {
        StartPublisher(TwoServers);
        Assert.Equal("a", Link.Request.Server.Host);
        Link.Lose(LinkLossKind.Unreachable);
        Assert.Equal("b", Link.Request.Server.Host);
        Link.Lose(LinkLossKind.Unreachable);
        Assert.Equal(2, Links.Count);
        Settle();
        Assert.Equal(ConnectionState.Backoff, Status().State);
    }

    [Fact]
    public void A_lame_duck_confirms_what_is_in_flight_and_the_rest_moves_to_another_server()
    {
        var events = Events<LameDuck>();
        var link = StartConnected(TwoServers);
        Accept("1", "2");
        Write(link);
        link.Info(new ServerInfo { LameDuck = true });
        link.Info(new ServerInfo { LameDuck = true });
        Settle();
        Accept("3");
        Assert.False(link.Closed);
        Assert.Equal(["1", "2"], link.Payloads);
        link.Confirm(2);
        Settle();
        Assert.True(link.Closed);
        Assert.Equal("b", Link.Request.Server.Host);
        Link.Up();
        Serve(Link);
        Assert.Equal(["3"], Link.Payloads);
        Assert.Equal((3, 0), (Status().Totals.Delivered, Status().Totals.Resent));
        events.ExpectMsg<LameDuck>();
        events.ExpectNoMsg();
    }

    [Fact]
    public void A_lame_duck_that_is_the_only_server_is_used_to_its_end_and_told_of_once()
    {
        var events = Events<LameDuck>();
        var link = StartConnected();
        link.Info(new ServerInfo { LameDuck = true });
        link.Info(new ServerInfo { LameDuck = true });
        Accept("1");
        Serve(link);
        Assert.False(link.Closed);
        Assert.Equal(1, Status().Totals.Delivered);
        events.ExpectMsg<LameDuck>();
        events.ExpectNoMsg();
    }

    [Fact]
    public void Announced_servers_are_told_once_and_tried()
    {
        var events = Events<ServersDiscovered>();
        var link = StartConnected(info: new ServerInfo { ConnectUrls = ["a:4222", "c:4222"] });
        Assert.Equal(["nats://c:4222"], events.ExpectMsg<ServersDiscovered>().Servers);
        link.Info(new ServerInfo { ConnectUrls = ["a:4222", "c:4222"] });
        events.ExpectNoMsg();
        link.Lose();
        Assert.Equal("c", Link.Request.Server.Host);
    }
}
