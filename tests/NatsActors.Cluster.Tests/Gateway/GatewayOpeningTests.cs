using System.Collections.Concurrent;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using NatsActors.Cluster.Gateway;
using NatsActors.Links;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>How a gateway answers a request for a session: versions, limits, and what it cannot carry out.</summary>
public sealed class GatewayOpeningTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    [Theory]
    [InlineData(1, 1, 3, 1)]
    [InlineData(3, 1, 1, 1)]
    [InlineData(4, 2, 3, 3)]
    public async Task The_lower_version_is_spoken_when_both_can(int here, int oldestHere, int there, int oldestThere)
    {
        await using var server = await NatsServer.StartAsync();
        var plan = GatewayRig.Gateway(nodes.Gateway, server.Url, versions: new(there, oldestThere));

        var (link, recorder) = GatewayRig.Open(nodes.Sender, plan with { Versions = new(here, oldestHere) });

        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 10));
        await recorder.WaitAsync<LinkConfirmed>();
        link.Close();
    }

    [Theory]
    [InlineData(2, 2, 1, 1, "speaks version 1 of the gateway's messages, and this node version 2; this node needs 2 or newer there: update NatsActors.Cluster on that member first")]
    [InlineData(2, 1, 4, 3, "speaks versions 3 to 4 of the gateway's messages, and this node versions 1 to 2; that member needs 3 or newer here: update NatsActors.Cluster on this node")]
    public async Task Without_a_version_in_common_the_text_says_what_to_update(int here, int oldestHere, int there, int oldestThere, string text)
    {
        var plan = GatewayRig.Gateway(nodes.Gateway, "nats://127.0.0.1:1", versions: new(there, oldestThere));

        var lost = await GatewayRig.Open(nodes.Sender, plan with { Versions = new(here, oldestHere) }).Recorder.LostAsync();

        Assert.Equal((LinkLossKind.Protocol, $"the gateway of the member {nodes.Gateway.Address} {text}"), (lost.Kind, lost.Detail));
    }

    [Theory]
    [InlineData(2, 2, 1, 1, "speaks version 2 of the gateway's messages, and this gateway version 1; that node needs 2 or newer here: update NatsActors.Cluster on this gateway's node first")]
    [InlineData(2, 1, 4, 3, "speaks versions 1 to 2 of the gateway's messages, and this gateway versions 3 to 4; this gateway needs 3 or newer there: update NatsActors.Cluster on that node")]
    public async Task The_gateways_log_says_which_node_it_refused_and_what_to_update(int here, int oldestHere, int there, int oldestThere, string text)
    {
        var lines = new Lines();
        var plan = GatewayRig.Gateway(nodes.Gateway, "nats://127.0.0.1:1", versions: new(there, oldestThere), logger: lines);

        await GatewayRig.Open(nodes.Sender, plan with { Versions = new(here, oldestHere) }).Recorder.LostAsync();

        var node = nodes.Sender.Address;
        Assert.Equal($"The gateway refused test of {node}: the node {node} {text}", lines.Written.First(line => line.Contains("refused", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_session_beyond_the_limit_is_refused_until_one_ends()
    {
        await using var server = await NatsServer.StartAsync();
        var plan = GatewayRig.Gateway(nodes.Gateway, server.Url, limits: GatewayRig.Defaults with { MaxSessions = 1 });
        var (first, recorder) = GatewayRig.Open(nodes.Sender, plan);
        await recorder.WaitAsync<LinkUp>();

        var refused = await GatewayRig.Open(nodes.Sender, plan).Recorder.LostAsync();
        Assert.Equal((LinkLossKind.Unreachable, "the gateway has 1 sessions already (nats-actors.gateway.max-sessions)"), (refused.Kind, refused.Detail));
        Assert.Equal($"{nodes.Gateway.Address}", refused.Peer);

        first.Close();
        await recorder.LostAsync();
        await Until.TrueAsync(async () =>
        {
            var (link, next) = GatewayRig.Open(nodes.Sender, plan);
            await Until.TrueAsync(() => next.Reports.Count > 0);
            link.Close();
            return next.Reports[0] is LinkUp;
        });
    }

    [Fact]
    public async Task An_inbox_with_a_wildcard_is_refused()
    {
        var plan = GatewayRig.Gateway(nodes.Gateway, "nats://127.0.0.1:1");

        var lost = await GatewayRig.Open(nodes.Sender, plan, ackInbox: "_INBOX.> 1\r\nSUB x").Recorder.LostAsync();

        Assert.StartsWith("the inbox of PubAcks has white space", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_without_a_gateway_is_named()
    {
        var plan = new GatewayPlan(GatewayRig.Defaults, "akka.actor.default-dispatcher") { ActorName = "nobody" };

        var lost = await GatewayRig.Open(nodes.Sender, plan).Recorder.LostAsync();

        Assert.Equal(("the member has no gateway: it has the role, and must start one (WithNatsGateway)", $"{nodes.Gateway.Address}"), (lost.Detail, lost.Peer));
    }

    [Fact]
    public async Task A_role_that_no_member_has_is_named()
    {
        var plan = new GatewayPlan(GatewayRig.Defaults with { Role = "other" }, "akka.actor.default-dispatcher");

        var lost = await GatewayRig.Open(nodes.Sender, plan).Recorder.LostAsync();

        Assert.Equal((LinkLossKind.Unreachable, "no member with the role 'other' is up and reachable"), (lost.Kind, lost.Detail));
    }

    [Fact]
    public async Task A_session_whose_link_is_not_there_any_more_is_given_up_after_its_confirm_timeout()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        var time = new VirtualTime();
        var plan = GatewayRig.Gateway(nodes.Gateway, proxy.Url, time: time);
        var open = new Open(7, GatewayVersions.Own, 1, "gone", null, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), 64_000);
        var gateway = nodes.Sender.System.ActorSelection($"{nodes.Gateway.Address}/system/{plan.ActorName}");

        // The one that asks is gone when it has its answer, and sends nothing more.
        await gateway.Ask<Opened>(open, Until.DefaultTimeout);

        await Until.TrueAsync(() => proxy.Connections == 1);
        time.Advance(TimeSpan.FromSeconds(1.1));
        await Until.TrueAsync(() => proxy.OpenConnections == 0);
    }

    [Fact]
    public async Task A_link_ends_with_its_session()
    {
        await using var server = await NatsServer.StartAsync();
        var plan = GatewayRig.Gateway(nodes.Gateway, server.Url);
        var (link, recorder) = GatewayRig.Open(nodes.Sender, plan);
        await recorder.WaitAsync<LinkUp>();
        var sessions = nodes.Gateway.System.ActorSelection($"/system/{plan.ActorName}/*");
        var session = (await sessions.Ask<ActorIdentity>(new Identify(1), Until.DefaultTimeout)).Subject;

        nodes.Gateway.System.Stop(session);

        var lost = await recorder.LostAsync();
        Assert.Equal((LinkLossKind.Unreachable, "the gateway has ended the session"), (lost.Kind, lost.Detail));
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> Written { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Enqueue(formatter(state, exception));
    }
}
