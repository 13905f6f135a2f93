using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>The link's clock, turned by hand.</summary>
public sealed class LinkTimeTests
{
    private static readonly TimeSpan ConfirmTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Bit = TimeSpan.FromMilliseconds(1);

    private readonly VirtualTime _time = new();
    private readonly LinkRecorder _recorder = new(1);

    [Fact]
    public async Task The_connect_timeout_ends_an_attempt_and_not_before()
    {
        var greeted = new TaskCompletionSource();
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.GreetAsync();
            greeted.SetResult();
            await connection.HangAsync();
        });
        Open(server);
        await greeted.Task.WaitAsync(Until.DefaultTimeout, TimeProvider.System);

        _time.Advance(PublisherDefaults.ConnectTimeout - Bit);
        Assert.Empty(_recorder.Reports);
        _time.Advance(Bit);

        Assert.Equal(LinkLossKind.Timeout, (await _recorder.LostAsync()).Kind);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task A_silent_link_is_pinged_and_lives_while_it_is_answered()
    {
        var pings = 0;
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            while (true)
            {
                await connection.ReadPingAsync();
                Interlocked.Increment(ref pings);
                await connection.SendAsync("PONG\r\n");
            }
        });
        Open(server);
        await _recorder.WaitAsync<LinkUp>();

        for (var expected = 1; expected <= 3; expected++)
        {
            _time.Advance(PingInterval - Bit);
            Assert.Equal(expected - 1, Volatile.Read(ref pings));
            _time.Advance(Bit);
            await Until.TrueAsync(() => Volatile.Read(ref pings) == expected);
            await AnswerSeenAsync();
        }

        Assert.IsType<LinkUp>(Assert.Single(_recorder.Reports));
    }

    [Fact]
    public async Task An_unanswered_probe_is_a_timeout()
    {
        var pinged = new TaskCompletionSource();
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await connection.ReadPingAsync();
            pinged.SetResult();
            await connection.HangAsync();
        });
        Open(server);
        await _recorder.WaitAsync<LinkUp>();

        _time.Advance(PingInterval);
        await pinged.Task.WaitAsync(Until.DefaultTimeout);
        _time.Advance(ConfirmTimeout - Bit);
        Assert.Single(_recorder.Reports);
        _time.Advance(Bit);

        Assert.Equal(LinkLossKind.Timeout, (await _recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task Each_answer_gives_the_next_fence_the_whole_timeout()
    {
        var answer = new SemaphoreSlim(0);
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            while (true)
            {
                await connection.ReadPingAsync();
                await answer.WaitAsync(connection.Stop);
                await connection.SendAsync("PONG\r\n");
            }
        });
        var link = Open(server);
        await _recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 1));
        link.Write(Batches.Numbered("a", 2, 1));
        await _recorder.WaitAsync<LinkWritten>(written => written.ThroughSequence == 2);

        _time.Advance(ConfirmTimeout - Bit);
        answer.Release();
        await _recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 1);
        _time.Advance(ConfirmTimeout - Bit);
        Assert.Empty(_recorder.Reports.OfType<LinkLost>());
        _time.Advance(Bit);

        Assert.Equal(LinkLossKind.Timeout, (await _recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task A_server_that_takes_bytes_and_answers_nothing_is_lost_also_while_more_is_written()
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await connection.HangAsync();
        });
        var link = Open(server);
        await _recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 1));
        await _recorder.WaitAsync<LinkWritten>(written => written.ThroughSequence == 1);
        _time.Advance(ConfirmTimeout - Bit);
        link.Write(Batches.Numbered("a", 2, 1));
        await _recorder.WaitAsync<LinkWritten>(written => written.ThroughSequence == 2);
        Assert.Empty(_recorder.Reports.OfType<LinkLost>());

        _time.Advance(Bit);

        Assert.Equal(LinkLossKind.Timeout, (await _recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task A_slow_server_that_still_takes_bytes_is_not_lost()
    {
        const int chunk = 1024;
        await using var real = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(real.Port);
        var link = Open(proxy.Url, new LinkOptions { SendChunk = chunk });
        await _recorder.WaitAsync<LinkUp>();
        proxy.Hang();
        // Larger than the socket takes while nobody reads: the send stands.
        link.Write(Batches.Of(1, Enumerable.Repeat(("large", new string('x', 900_000)), 20)));
        await Until.TrueAsync(() => _time.ActiveTimers > 0);
        _time.Advance(ConfirmTimeout - TimeSpan.FromSeconds(1));
        var before = proxy.ClientBytes;
        proxy.Release();
        // More than the sockets' buffers held: the send itself has gone on.
        await Until.TrueAsync(() => proxy.ClientBytes > before + 12_000_000);

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(20, (await _recorder.WaitAsync<LinkConfirmed>()).ThroughSequence);
    }

    [Fact]
    public async Task PONGs_of_several_fences_in_one_read_are_one_confirmation()
    {
        // The server may answer the last PING before the client has noticed that its send is done; here it waits for that.
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            for (var i = 0; i < 3; i++)
            {
                await connection.ReadPingAsync();
            }

            await written.Task.WaitAsync(connection.Stop);
            await connection.SendAsync("PONG\r\nPONG\r\nPONG\r\n");
            await connection.HangAsync();
        });
        var link = Open(server);
        await _recorder.WaitAsync<LinkUp>();
        for (var i = 1; i <= 3; i++)
        {
            link.Write(Batches.Numbered("a", i, 1));
            await _recorder.WaitAsync<LinkWritten>(report => report.ThroughSequence == i);
        }

        written.SetResult();
        Assert.Equal(3, (await _recorder.WaitAsync<LinkConfirmed>()).ThroughSequence);
        link.Close();
        await _recorder.LostAsync();
        Assert.Single(_recorder.Reports.OfType<LinkConfirmed>());
    }

    [Fact]
    public async Task Denials_are_told_with_the_fence_behind_them_also_inside_one_read()
    {
        // The server may answer the last PING before the client has noticed that its send is done; here it waits for that.
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            for (var i = 0; i < 4; i++)
            {
                await connection.ReadPingAsync();
            }

            await written.Task.WaitAsync(connection.Stop);
            await connection.SendAsync(
                "PONG\r\nPONG\r\n-ERR 'Permissions Violation for Publish to \"x\"'\r\nPONG\r\nPONG\r\n");
            await connection.HangAsync();
        });
        var link = Open(server);
        await _recorder.WaitAsync<LinkUp>();
        for (var i = 1; i <= 4; i++)
        {
            link.Write(Batches.Numbered("a", i, 1));
            await _recorder.WaitAsync<LinkWritten>(report => report.ThroughSequence == i);
        }

        written.SetResult();
        await _recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 4);
        var confirmed = _recorder.Reports.OfType<LinkConfirmed>().ToArray();
        Assert.Equal([2, 3, 4], confirmed.Select(report => report.ThroughSequence));
        Assert.Equal([null, "x", null], confirmed.Select(report => report.DeniedSubjects?.Single()));
    }

    [Fact]
    public async Task More_batches_than_the_credit_end_the_link()
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await connection.HangAsync();
        });
        var link = Open(server);
        await _recorder.WaitAsync<LinkUp>();
        var large = Batches.Of(1, Enumerable.Repeat(("large", new string('x', 900_000)), 20));

        link.Write(large);
        link.Write(large);
        link.Write(large);

        var lost = await _recorder.LostAsync();
        Assert.Equal(LinkLossKind.Local, lost.Kind);
        Assert.Contains("more than 2 batches", lost.Detail, StringComparison.Ordinal);
    }

    /// <summary>Waits until the link is idle again: the clock must not move before it has seen the PONG.</summary>
    private async Task AnswerSeenAsync() => await Until.TrueAsync(() => _link!.IsIdle);

    private Link? _link;

    private Link Open(ScriptedServer server) => Open(server.Url, null);

    private Link Open(string url, LinkOptions? options)
    {
        var request = new LinkRequest(1, ServerAddress.Parse(url), new ConnectionSettings(), ConfirmTimeout, null);
        return _link = (Link)new LinkFactory(_time, options: options).Open(request, _recorder.Report);
    }

    private static class PublisherDefaults
    {
        public static TimeSpan ConnectTimeout { get; } = new ConnectionSettings().ConnectTimeout;
    }
}
