using NatsActors.Testing;

namespace NatsActors.Crash;

/// <summary>
/// One server behind a proxy, and an independent reader on it: goes down, hangs and comes back at random while the publisher's process is
/// killed. In the mode fence the server is killed only when nothing can be confirmed any more and the reader has everything that was: a
/// plain subscriber gets nothing that a dead server had.
/// </summary>
internal sealed class Ground : IAsyncDisposable
{
    private const string Stream = "CRASH";
    private static readonly TimeSpan DuplicateWindow = TimeSpan.FromMinutes(2);

    private readonly CrashMode _mode;
    private readonly NatsServer _server;
    private readonly CuttingProxy _proxy;
    private readonly Arrivals _seen;
    private readonly Random _random;
    private readonly Action<string> _log;
    private readonly SortedDictionary<string, int> _episodes = new(StringComparer.Ordinal);
    private NatsReader? _reader;
    private Task _cut = Task.CompletedTask;

    private Ground(CrashMode mode, NatsServer server, Arrivals seen, Random random, Action<string> log)
    {
        (_mode, _server, _seen, _random, _log) = (mode, server, seen, random, log);
        _proxy = CuttingProxy.Start(server.Port);
    }

    /// <summary>Where the publisher connects to.</summary>
    public string Url => _proxy.Url;

    /// <summary>What happened to the server and the link, and how often.</summary>
    public IReadOnlyDictionary<string, int> Episodes => _episodes;

    /// <summary>Starts the server; what a subscriber gets goes to <paramref name="seen"/>.</summary>
    public static async Task<Ground> StartAsync(CrashMode mode, Arrivals seen, Random random, Action<string> log)
    {
        var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = mode == CrashMode.JetStream });
        var ground = new Ground(mode, server, seen, random, log);
        await ground.ReadAsync();
        if (mode == CrashMode.JetStream)
        {
            await new StreamAdmin(ground._reader!).CreateAsync(Stream, [Stamp.Subject], DuplicateWindow);
        }

        return ground;
    }

    /// <summary>Up, down and hanging by turns; when it is stopped, everything is up again.</summary>
    public async Task ChangeAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await PauseAsync(0, 1500);
            await EpisodeAsync();
        }
    }

    /// <summary>The stream's content; after the last publisher has drained.</summary>
    public async Task<Arrivals> StoredAsync()
    {
        var stored = new Arrivals();
        await using var reader = await NatsReader.ConnectAsync(_server.Port);
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync(Stream))
        {
            stored.Add(message.Payload);
        }

        return stored;
    }

    /// <summary>The reader has got what the server had for it.</summary>
    public Task CaughtUpAsync() => _reader!.PingAsync();

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        if (_reader is not null)
        {
            await _reader.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    private async Task EpisodeAsync()
    {
        (string Name, Func<Task> Run)[] kinds =
        [
            ("link cut", () =>
            {
                _proxy.CutWithRst();
                return Task.CompletedTask;
            }),
            ("half a write", HalfWriteAsync),
            ("down", DownAsync),
            ("hanging link", () => _proxy.Hang(TimeSpan.FromMilliseconds(_random.Next(200, 1200)))),
            ("black hole", BlackHoleAsync),
            ("server stopped", SuspendAsync),
            ("server killed", KillAsync),
        ];
        var (name, run) = kinds[_random.Next(kinds.Length)];
        _log(name);
        _episodes[name] = _episodes.GetValueOrDefault(name) + 1;
        await run();
    }

    /// <summary>When nobody writes for a while, the cut stays ordered for whoever does.</summary>
    private Task HalfWriteAsync()
    {
        _cut = _cut.IsCompleted ? _proxy.CutAfterBytes(_random.Next(1, 5000)) : _cut;
        return Task.WhenAny(_cut, PauseAsync(200, 1000));
    }

    private async Task DownAsync()
    {
        _proxy.Refuse();
        _proxy.CutWithRst();
        await PauseAsync(50, 1500);
        _proxy.Accept();
    }

    private async Task BlackHoleAsync()
    {
        _proxy.BlackHole();
        await PauseAsync(100, 900);
        _proxy.CutWithRst();
        _proxy.Release();
    }

    private async Task SuspendAsync()
    {
        _server.Suspend();
        await PauseAsync(200, 1500);
        _server.Resume();
    }

    private async Task KillAsync()
    {
        if (_mode == CrashMode.Fence)
        {
            _proxy.Refuse();
            _proxy.CutWithRst();
            await _reader!.PingAsync();
        }

        await _server.KillAsync();
        await PauseAsync(0, 800);
        await _server.RestartAsync();
        await ReadAsync();
        _proxy.Accept();
    }

    private async Task ReadAsync()
    {
        if (_reader is not null)
        {
            await _reader.DisposeAsync();
        }

        _reader = await NatsReader.ConnectAsync(_server.Port);
        await _reader.SubscribeAsync(Stamp.Subject, message => _seen.Add(message.Payload));
    }

    private Task PauseAsync(int fromMilliseconds, int toMilliseconds) =>
        Task.Delay(TimeSpan.FromMilliseconds(_random.Next(fromMilliseconds, toMilliseconds)), TimeProvider.System);
}
