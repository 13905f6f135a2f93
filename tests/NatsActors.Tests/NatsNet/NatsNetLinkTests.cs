using NATS.Client.Core;
using NatsActors.NatsNet;
using NatsActors.Testing;

namespace NatsActors.Tests.NatsNet;

/// <summary>What is this link's own, beyond the suite that every link passes.</summary>
public sealed class NatsNetLinkTests
{
    [Fact]
    public async Task A_lost_link_opens_no_second_socket()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        var (link, recorder) = Open(proxy.Url);
        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 10));
        await recorder.WaitAsync<LinkConfirmed>();

        proxy.CutWithRst();
        await recorder.LostAsync();
        // A client of its own makes a round trip: whatever the lost one had still tried would be there by now.
        await using var other = await NatsReader.ConnectAsync(proxy.Port);
        await other.PingAsync();

        Assert.Equal(2, proxy.Connections);
        Assert.Equal(1, proxy.OpenConnections);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(333)]
    [InlineData(70_001)]
    public async Task A_cut_in_the_middle_of_a_batch_confirms_nothing_that_was_not_read(int afterBytes)
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("a");
        await using var proxy = CuttingProxy.Start(server.Port);
        var (link, recorder) = Open(proxy.Url);
        await recorder.WaitAsync<LinkUp>();

        var cut = proxy.CutAfterBytes(afterBytes);
        link.Write(Batches.Numbered("a", 1, 5000));
        link.Write(Batches.Numbered("a", 5001, 5000));
        await cut;
        await recorder.LostAsync();

        await reader.PingAsync();
        var confirmed = recorder.Reports.OfType<LinkConfirmed>().LastOrDefault()?.ThroughSequence ?? 0;
        Assert.InRange(confirmed, 0, reader.Count);
        Assert.Equal(Enumerable.Range(1, reader.Count).Select(i => $"{i}"), reader.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task Refusals_are_told_with_the_batches_that_they_belong_to_however_many_fences_are_open()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = """authorization { users = [{ user: u, password: p, permissions: { publish: ["open"] } }] }""",
        });
        var (link, recorder) = Open($"nats://u:p@127.0.0.1:{server.Port}");
        await recorder.WaitAsync<LinkUp>();

        // Every third batch has a refused message; the batches follow one another as fast as the link takes them.
        for (var i = 1; i <= 300; i++)
        {
            link.Write(Batches.Of(i, (i % 3 == 0 ? $"closed.{i % 5}" : "open", "x")));
            var given = i;
            await recorder.WaitAsync<LinkWritten>(written => written.ThroughSequence >= given - 1);
        }

        await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 300);
        foreach (var confirmed in recorder.Reports.OfType<LinkConfirmed>())
        {
            var i = confirmed.ThroughSequence;
            Assert.Equal(i % 3 == 0 ? [$"closed.{i % 5}"] : null, confirmed.DeniedSubjects);
        }

        Assert.Equal(300, recorder.Reports.OfType<LinkConfirmed>().Count());
        recorder.AssertRulesKept();
    }

    [Fact]
    public async Task Headers_reply_to_and_payload_arrive_as_they_were_published()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("a");
        await using var test = new TestSystem(TestSystem.To(server));
        var publisher = test.Publishers.Publisher();

        await publisher.Ask<Ack>(new Publish("a", "p\r\nq"u8.ToArray())
        {
            ReplyTo = "back.to.me",
            Headers = [new("Key", "one"), new("key", "höher"), new("Key", "two"), new("Empty", ""), new("Spaced", "a: b  c")],
        });

        var message = Assert.Single(await reader.WaitForAsync(1));
        Assert.Equal("p\r\nq", message.Text);
        Assert.Equal("back.to.me", message.ReplyTo);
        Assert.Equal<KeyValuePair<string, string>>(
            [new("Key", "one"), new("Key", "two"), new("key", "höher"), new("Empty", ""), new("Spaced", "a: b  c")], message.Headers);
    }

    [Fact]
    public async Task An_nkey_of_the_users_options_logs_in()
    {
        using var pair = NATS.NKeys.KeyPair.CreatePair(NATS.NKeys.PrefixByte.User);
        var (seed, key) = (pair.GetSeed(), pair.GetPublicKey());
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = $"authorization {{ users = [{{ nkey: {key} }}] }}" });

        var recorder = Open(server.Url, configure: opts => opts with { AuthOpts = new NatsAuthOpts { Seed = seed, NKey = key } }).Recorder;

        var report = await recorder.WaitAsync<LinkReport>();
        Assert.True(report is LinkUp, report.ToString());
    }

    [Fact]
    public async Task A_websocket_of_the_users_options_carries_the_link()
    {
        var port = LoopbackPorts.Next();
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = $"websocket {{ host: 127.0.0.1, port: {port}, no_tls: true }}",
        });
        var (link, recorder) = Open(server.Url, configure: opts => opts with { Url = $"ws://127.0.0.1:{port}" });

        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 1000));
        await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 1000);
        await server.KillAsync();

        Assert.Equal(LinkLossKind.Closed, (await recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task A_credentials_file_that_is_missing_fails_the_attempt_and_names_the_file()
    {
        await using var server = await NatsServer.StartAsync();

        var lost = await Open(server.Url, new ConnectionSettings { CredentialsFile = "/no/such/user.creds" }).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Authorization, lost.Kind);
        Assert.Contains("user.creds", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_throw_fail_the_attempt_and_not_the_publisher()
    {
        var lost = await Open("nats://127.0.0.1:4222", configure: _ => throw new InvalidOperationException("no vault")).Recorder.LostAsync();

        Assert.Contains("no vault", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_link_is_probed_and_lost_when_the_probe_is_not_answered()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        var (_, recorder) = Open(
            proxy.Url, new ConnectionSettings { PingInterval = TimeSpan.FromMilliseconds(100) }, confirmTimeout: TimeSpan.FromMilliseconds(300));
        await recorder.WaitAsync<LinkUp>();

        proxy.BlackHole();

        Assert.Equal(LinkLossKind.Timeout, (await recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task PubAcks_still_arrive_after_a_garbage_collection()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync("LINES", ["lines"]);
        var (link, recorder) = Open(server.Url, ackInbox: "_INBOX.acks");
        await recorder.WaitAsync<LinkUp>();

        GC.Collect();
        GC.WaitForPendingFinalizers();
        link.Write(Batches.Request(1, "lines", "_INBOX.acks.1", "id-1", "one"));

        Assert.Equal("LINES", (await recorder.WaitAsync<LinkPubAcks>()).Acks[0].Stream);
    }

    private static (ILink Link, LinkRecorder Recorder) Open(
        string url, ConnectionSettings? settings = null, Func<NatsOpts, NatsOpts>? configure = null, TimeSpan? confirmTimeout = null,
        string? ackInbox = null)
    {
        var recorder = new LinkRecorder(7);
        var request = new LinkRequest(
            7, ServerAddress.Parse(url), settings ?? new ConnectionSettings(), confirmTimeout ?? TimeSpan.FromSeconds(10), ackInbox);
        return (new NatsNetLinkFactory(TimeProvider.System, configure).Open(request, recorder.Report), recorder);
    }
}
