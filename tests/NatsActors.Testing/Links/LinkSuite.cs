using NatsActors.Links;
using Xunit;

namespace NatsActors.Testing;

/// <summary>What a link does against a real nats-server: the port's contract, for every implementation of the port.</summary>
public abstract partial class LinkSuite
{
    private protected const long Epoch = 7;

    // A stall of the test's process must not look like a frozen server before there is one.
    private static readonly TimeSpan ConfirmTimeout = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_link_comes_up_with_what_the_server_says_of_itself()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "max_payload: 4096", JetStream = true });
        var (_, recorder) = Open(server.Url);

        var up = await recorder.WaitAsync<LinkUp>();

        Assert.Equal(4096, up.Info.MaxPayload);
        Assert.True(up.Info.Headers);
        Assert.True(up.Info.JetStream);
        Assert.False(up.Info.LameDuck);
        Assert.NotEmpty(up.Info.ServerId);
        Assert.Matches(@"^\d+\.\d+\.\d+", up.Info.Version);
        recorder.AssertRulesKept();
    }

    [Fact]
    public async Task Batches_arrive_complete_and_in_order()
    {
        const int count = 40;
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("lines");
        var (link, recorder) = Open(server.Url);
        await recorder.WaitAsync<LinkUp>();

        for (var i = 0; i < count; i++)
        {
            await RoomAsync(recorder, given: i);
            link.Write(Batches.Numbered("lines", 1 + (i * 500), 500));
        }

        await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == count * 500);
        var received = await reader.WaitForAsync(count * 500);
        Assert.Equal(Enumerable.Range(1, count * 500).Select(i => $"{i}"), received.Select(message => message.Text));
        recorder.AssertRulesKept();
    }

    [Fact]
    public async Task A_batch_larger_than_any_socket_buffer_arrives_whole()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("large");
        var (link, recorder) = Open(server.Url);
        var payload = new string('x', 700_000);

        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Of(1, Enumerable.Repeat(("large", payload), 12)));

        await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 12);
        Assert.All(await reader.WaitForAsync(12), message => Assert.Equal(payload, message.Text));
    }

    [Fact]
    public async Task Confirmations_rise_and_end_only_where_batches_end()
    {
        await using var server = await NatsServer.StartAsync();
        var (link, recorder) = Open(server.Url);
        await recorder.WaitAsync<LinkUp>();
        long[] ends = [3, 4, 104, 110];

        link.Write(Batches.Numbered("a", 1, 3));
        link.Write(Batches.Numbered("a", 4, 1));
        await RoomAsync(recorder, given: 2);
        link.Write(Batches.Numbered("a", 5, 100));
        await RoomAsync(recorder, given: 3);
        link.Write(Batches.Numbered("a", 105, 6));

        await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 110);
        var confirmed = recorder.Reports.OfType<LinkConfirmed>().Select(report => report.ThroughSequence).ToArray();
        Assert.Equal(confirmed.Order().Distinct(), confirmed);
        Assert.All(confirmed, through => Assert.Contains(through, ends));
        Assert.Equal(ends, recorder.Reports.OfType<LinkWritten>().Select(report => report.ThroughSequence));
        recorder.AssertRulesKept();
    }

    [Fact]
    public async Task Nothing_is_confirmed_while_the_server_is_frozen()
    {
        await using var server = await NatsServer.StartAsync();
        var (link, recorder) = Open(server.Url);
        await recorder.WaitAsync<LinkUp>();

        await FreezeAsync(server);
        link.Write(Batches.Numbered("a", 1, 10));
        await recorder.WaitAsync<LinkWritten>();
        Assert.Empty(recorder.Reports.OfType<LinkConfirmed>());
        server.Resume();

        Assert.Equal(10, (await recorder.WaitAsync<LinkConfirmed>()).ThroughSequence);
    }

    [Fact]
    public async Task A_denied_subject_comes_with_the_confirmation_of_its_batch()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = """authorization { users = [{ user: u, password: p, permissions: { publish: ["open.>"] } }] }""",
        });
        var (link, recorder) = Open($"nats://u:p@127.0.0.1:{server.Port}");
        await recorder.WaitAsync<LinkUp>();

        link.Write(Batches.Of(1, ("open.a", "1"), ("secret.a", "2"), ("secret.\"b\"", "3"), ("secret.a", "4"), ("open.b", "5")));
        link.Write(Batches.Of(6, ("open.a", "6")));

        var denied = await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 5);
        Assert.Equal(["secret.\"b\"", "secret.a"], denied.DeniedSubjects?.Order(StringComparer.Ordinal));
        Assert.Null((await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 6)).DeniedSubjects);
        recorder.AssertRulesKept();
    }

    [Fact]
    public async Task Wrong_credentials_lose_the_link_and_are_not_repeated()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { user: u, password: right }" });
        var settings = new ConnectionSettings { Credentials = NatsCredentials.UserPassword("u", "not-the-right-one") };

        var lost = await Open(server.Url, settings).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Authorization, lost.Kind);
        Assert.DoesNotContain("not-the-right-one", lost.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user and password", "authorization { user: u, password: p }")]
    [InlineData("token", "authorization { token: t }")]
    public async Task Credentials_of_the_settings_are_accepted(string kind, string config)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = config });
        var credentials = kind == "token" ? NatsCredentials.ForToken("t") : NatsCredentials.UserPassword("u", "p");

        await Open(server.Url, new ConnectionSettings { Credentials = credentials }).Recorder.WaitAsync<LinkUp>();
    }

    [Fact]
    public async Task Nobody_at_the_port_is_unreachable()
    {
        var lost = await Open($"nats://127.0.0.1:{LoopbackPorts.Next()}").Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Unreachable, lost.Kind);
    }

    [Fact]
    public async Task A_killed_server_loses_the_link_once()
    {
        await using var server = await NatsServer.StartAsync();
        var (link, recorder) = Open(server.Url);
        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 10));

        await server.KillAsync();

        Assert.Equal(LinkLossKind.Closed, (await recorder.LostAsync()).Kind);
        link.Write(Batches.Numbered("a", 11, 10));
        link.Close();
        Assert.Single(recorder.Reports.OfType<LinkLost>());
        recorder.AssertRulesKept();
    }

    [Fact]
    public async Task A_frozen_server_is_lost_after_the_confirm_timeout()
    {
        await using var server = await NatsServer.StartAsync();
        var (link, recorder) = Open(server.Url, confirmTimeout: ConfirmTimeout);
        await ConfirmOneAsync(link, recorder);

        await FreezeAsync(server);
        var started = TimeProvider.System.GetTimestamp();
        link.Write(Batches.Numbered("a", 2, 10));
        var lost = await recorder.LostAsync();

        Assert.Equal(LinkLossKind.Timeout, lost.Kind);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, 1_990, 20_000);
    }

    [Fact]
    public async Task A_frozen_server_is_lost_in_time_although_the_socket_goes_on_taking_batches()
    {
        await using var server = await NatsServer.StartAsync();
        var (link, recorder) = Open(server.Url, confirmTimeout: ConfirmTimeout);
        await ConfirmOneAsync(link, recorder);

        await FreezeAsync(server);
        var started = TimeProvider.System.GetTimestamp();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var given = 0; given < 1_000 && !recorder.Reports.OfType<LinkLost>().Any(); given++)
        {
            if (1 + given - recorder.Reports.OfType<LinkWritten>().Count() < LinkCredit.Batches)
            {
                link.Write(Batches.Numbered("a", 2 + (10 * given), 10));
            }

            await pace.WaitForNextTickAsync();
        }

        Assert.Equal(LinkLossKind.Timeout, (await recorder.LostAsync()).Kind);
        // Batches are given for 20 s and more to a link that is not lost.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, 1_990, 15_000);
    }

    [Fact]
    public async Task Close_ends_the_link_as_local_exactly_once()
    {
        await using var server = await NatsServer.StartAsync();
        var (link, recorder) = Open(server.Url);
        await recorder.WaitAsync<LinkUp>();

        link.Write(Batches.Numbered("a", 1, 10));
        link.Close();
        link.Close();

        Assert.Equal(LinkLossKind.Local, (await recorder.LostAsync()).Kind);
        link.Write(Batches.Numbered("a", 11, 10));
        link.Close();
        Assert.IsType<LinkLost>(recorder.Reports[^1]);
        Assert.Single(recorder.Reports.OfType<LinkLost>());
    }

    [Fact]
    public async Task Close_ends_an_attempt_that_is_not_up_yet()
    {
        await using var silent = ScriptedServer.Start(connection => connection.HangAsync());
        var (link, recorder) = Open(silent.Url);
        await silent.Accepted;

        link.Close();

        Assert.Equal(LinkLossKind.Local, (await recorder.LostAsync()).Kind);
        Assert.Empty(recorder.Reports.OfType<LinkUp>());
    }

    [Fact]
    public async Task A_lame_duck_is_announced_and_still_confirms()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "lame_duck_duration: \"30s\"" });
        var (link, recorder) = Open(server.Url);
        await recorder.WaitAsync<LinkUp>();

        server.Signal(Signals.User2);
        await recorder.WaitAsync<LinkInfoChanged>(changed => changed.Info.LameDuck);
        link.Write(Batches.Numbered("a", 1, 10));

        await recorder.WaitAsync<LinkConfirmed>();
        recorder.AssertRulesKept();
    }

    /// <summary>Waits until the link is up and has confirmed a message: from here on, both sides have heard of each other.</summary>
    private static async Task ConfirmOneAsync(ILink link, LinkRecorder recorder)
    {
        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 1));
        await recorder.WaitAsync<LinkConfirmed>();
    }

    /// <summary>A signal is sent before it has an effect: a thread of the server may still answer.</summary>
    private static async Task FreezeAsync(NatsServer server)
    {
        server.Suspend();
        await Until.TrueAsync(() => Directory.GetDirectories($"/proc/{server.Pid}/task")
            .All(thread => File.ReadAllText(Path.Combine(thread, "stat")).Contains(") T ", StringComparison.Ordinal)));
    }

    /// <summary>Waits until the link has credit for one more batch.</summary>
    private static async Task RoomAsync(LinkRecorder recorder, int given)
    {
        if (given >= LinkCredit.Batches)
        {
            await recorder.WaitAsync<LinkWritten>(
                _ => recorder.Reports.OfType<LinkWritten>().Count() > given - LinkCredit.Batches);
        }
    }

    /// <summary>Opens a link of <see cref="Epoch"/> that leads to the server.</summary>
    private protected abstract (ILink Link, LinkRecorder Recorder) Open(
        string url, ConnectionSettings? settings = null, TimeSpan? confirmTimeout = null, string? ackInbox = null);
}
