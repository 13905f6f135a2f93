using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>Promises of the link that a lucky schedule would keep by itself: each is put to a schedule where only the link can.</summary>
public sealed class LinkProofTests
{
    private static readonly TimeSpan ConfirmTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    private readonly LinkRecorder _recorder = new(1);

    /// <summary>
    /// The sender is held in the middle of a batch (where it says that a piece has left), and the server closes. The receiver
    /// ends and the socket is gone, but what is held goes on to touch the batch.
    /// </summary>
    [Fact]
    public async Task The_loss_is_reported_after_the_sender_too_has_let_go_of_the_batch()
    {
        var receives = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var close = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await connection.SendAsync("PING\r\n");
            while (await connection.ReadLineAsync() != "PONG")
            {
            }

            receives.SetResult();
            await close.Task;
            connection.EndSending();
            try
            {
                await connection.SwallowAsync();
            }
            finally
            {
                gone.SetResult();
            }
        });
        using var time = new HeldClock();
        var link = Open(server.Url, time, new LinkOptions { SendChunk = 64 });
        await _recorder.WaitAsync<LinkUp>();
        // The receiver reads the clock once when it begins, and must not be the one that is held.
        await receives.Task.WaitAsync(Until.DefaultTimeout);
        time.HoldOthersDuring(() => link.Write(Batches.Numbered("a", 1, 1000)));
        await time.Held.WaitAsync(Until.DefaultTimeout);

        close.SetResult();
        await gone.Task.WaitAsync(Until.DefaultTimeout);
        using var grace = new CancellationTokenSource(Grace, TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Until.TrueAsync(() =>
        {
            grace.Token.ThrowIfCancellationRequested();
            return _recorder.Reports.OfType<LinkLost>().Any();
        }));

        time.Release();
        Assert.Equal(LinkLossKind.Closed, (await _recorder.LostAsync()).Kind);
    }

    /// <summary>A server that pings, and takes our answers, but never answers a fence.</summary>
    [Fact]
    public async Task Answers_to_the_servers_PINGs_are_no_progress_of_a_fence()
    {
        var time = new VirtualTime();
        var ping = new SemaphoreSlim(0);
        var answered = new SemaphoreSlim(0);
        var fence = new TaskCompletionSource();
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await connection.ReadPingAsync();
            fence.SetResult();
            await PingAsync(connection, ping, answered);
        });
        var link = Open(server.Url, time);
        await _recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 1));
        await _recorder.WaitAsync<LinkWritten>();
        await fence.Task.WaitAsync(Until.DefaultTimeout);

        for (var step = 0; step < 4; step++)
        {
            time.Advance(ConfirmTimeout / 5);
            ping.Release();
            await answered.WaitAsync().WaitAsync(Until.DefaultTimeout);
            Assert.Empty(_recorder.Reports.OfType<LinkLost>());
        }

        time.Advance(ConfirmTimeout / 5);
        Assert.Equal(LinkLossKind.Timeout, (await _recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task A_server_that_only_pings_is_asked_itself_when_the_ping_interval_has_passed()
    {
        var time = new VirtualTime();
        var ping = new SemaphoreSlim(0);
        var answered = new SemaphoreSlim(0);
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await PingAsync(connection, ping, answered);
        });
        Open(server.Url, time);
        await _recorder.WaitAsync<LinkUp>();
        for (var step = 0; step < 4; step++)
        {
            time.Advance(PingInterval / 5);
            ping.Release();
            await answered.WaitAsync().WaitAsync(Until.DefaultTimeout);
        }

        time.Advance(PingInterval / 5);
        Assert.Empty(_recorder.Reports.OfType<LinkLost>());
        time.Advance(ConfirmTimeout);
        Assert.Equal(LinkLossKind.Timeout, (await _recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task A_discovered_server_that_goes_by_its_address_may_bear_the_name_of_its_seed()
    {
        using var certificates = new TestCertificates("nats.example");
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = certificates.Config() });
        var seed = ServerAddress.Parse("tls://nats.example");
        var found = ServerAddress.Parse($"127.0.0.1:{server.Port}").Inherit(seed);
        var request = Request(server.Url) with { Server = found };
        var link = new LinkFactory(TimeProvider.System).Open(
            request with { Settings = request.Settings with { Tls = new TlsSettings { CaFile = certificates.AuthorityFile } } }, _recorder.Report);

        await _recorder.WaitAsync<LinkUp>();
        link.Close();
        await _recorder.LostAsync();
    }

    private static LinkRequest Request(string url) =>
        new(1, ServerAddress.Parse(url), new ConnectionSettings { PingInterval = PingInterval }, ConfirmTimeout, null);

    private Link Open(string url, TimeProvider time, LinkOptions? options = null) =>
        (Link)new LinkFactory(time, options: options).Open(Request(url), _recorder.Report);

    private static async Task PingAsync(ScriptedConnection connection, SemaphoreSlim ping, SemaphoreSlim answered)
    {
        while (true)
        {
            await ping.WaitAsync(connection.Stop);
            await connection.SendAsync("PING\r\n");
            while (await connection.ReadLineAsync() != "PONG")
            {
            }

            answered.Release();
        }
    }

    /// <summary>A clock that, once asked to, holds whoever reads it next.</summary>
    private sealed class HeldClock : TimeProvider, IDisposable
    {
        private readonly VirtualTime _time = new();
        private readonly ManualResetEventSlim _release = new();
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _holds;

        [ThreadStatic]
        private static bool t_exempt;

        public Task Held => _held.Task;

        public override long TimestampFrequency => _time.TimestampFrequency;

        public void HoldOthersDuring(Action action)
        {
            t_exempt = true;
            _holds = true;
            action();
            t_exempt = false;
        }

        public void Release()
        {
            _holds = false;
            _release.Set();
        }

        public override long GetTimestamp()
        {
            if (_holds && !t_exempt)
            {
                _held.TrySetResult();
                _release.Wait();
            }

            return _time.GetTimestamp();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _time.CreateTimer(callback, state, dueTime, period);

        public void Dispose()
        {
            Release();
            _release.Dispose();
        }
    }
}
