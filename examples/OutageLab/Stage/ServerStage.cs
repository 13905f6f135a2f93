using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NatsActors.Testing;

namespace OutageLab.Stage;

/// <summary>What the page shows of the server.</summary>
internal enum ServerState
{
    Running,
    Suspended,
    Stopped,
}

/// <summary>
/// The lab's own nats-server, with one stream for each load, and the proxy that both loads pass. The server has a free loopback port
/// and a temporary folder; the end of the program kills the server by its process id and deletes the folder.
/// </summary>
internal sealed class ServerStage : IAsyncDisposable
{
    // A stream keeps some minutes of the highest rate; the reader is behind by milliseconds.
    private const long StreamBytes = 128 << 20;
    private static readonly TimeSpan StreamAge = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan HoleTime = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly NatsServer _server;
    private readonly CuttingProxy _proxy;
    private readonly NatsConnection _direct;
    private volatile bool _suspended;

    private ServerStage(NatsServer server)
    {
        _server = server;
        _proxy = CuttingProxy.Start(server.Port);
        _direct = new NatsConnection(NatsOpts.Default with
        {
            Url = server.Url,
            Name = "reader",
            ReconnectWaitMin = TimeSpan.FromMilliseconds(100),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(500),
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PingInterval = TimeSpan.FromSeconds(2),
        });
        Streams = new NatsJSContext(_direct);
    }

    /// <summary>Where both loads connect.</summary>
    public string ProxyUrl => _proxy.Url;

    /// <summary>The streams, over a connection that passes no proxy.</summary>
    public NatsJSContext Streams { get; }

    public ServerState State => !_server.IsRunning ? ServerState.Stopped : _suspended ? ServerState.Suspended : ServerState.Running;

    public static async Task<ServerStage> StartAsync()
    {
        var stage = new ServerStage(await NatsServer.StartAsync(new NatsServerOptions
        {
            JetStream = true,
            JetStreamConfig = "max_file_store: 1GB\nmax_memory_store: 16MB",
        }));
        try
        {
            await stage.CreateStreamAsync(Subjects.ActorsStream, Subjects.Actors);
            await stage.CreateStreamAsync(Subjects.PlainStream, Subjects.Plain);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL. Connections end, connects are refused, the streams stay on disk.</summary>
    public Task KillAsync() => DoAsync(async () =>
    {
        Require(_server.IsRunning, "The server is stopped already. Restart it first.");
        _suspended = false;
        await _server.KillAsync();
    });

    /// <summary>SIGSTOP. Connections stay open, and nothing is answered.</summary>
    public Task SuspendAsync() => DoAsync(() =>
    {
        Require(State == ServerState.Running, "Only a running server can be suspended.");
        _server.Suspend();
        _suspended = true;
        return Task.CompletedTask;
    });

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => DoAsync(() =>
    {
        Require(State == ServerState.Suspended, "Only a suspended server can be resumed.");
        _server.Resume();
        _suspended = false;
        return Task.CompletedTask;
    });

    /// <summary>Starts the server again on its port and with its streams; a running one is stopped first.</summary>
    public Task RestartAsync() => DoAsync(async () =>
    {
        _suspended = false;
        await _server.RestartAsync();
    });

    /// <summary>
    /// A network that fails, as with a pulled cable: for a second the bytes of both directions vanish, although writes succeed. Then
    /// every connection through the proxy is reset. The server lives.
    /// </summary>
    public Task CutAsync() => DoAsync(async () =>
    {
        Require(_proxy.OpenConnections > 0, "There is no connection to cut.");
        _proxy.BlackHole();
        await Task.Delay(HoleTime, TimeProvider.System);
        _proxy.CutWithRst();
        _proxy.Release();
    });

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
        await _direct.DisposeAsync();
        _gate.Dispose();
    }

    private async Task CreateStreamAsync(string name, string subject) => await Streams.CreateStreamAsync(new StreamConfig(name, [subject])
    {
        Storage = StreamConfigStorage.File,
        Discard = StreamConfigDiscard.Old,
        MaxBytes = StreamBytes,
        MaxAge = StreamAge,
        DuplicateWindow = TimeSpan.FromMinutes(2),
    });

    private async Task DoAsync(Func<Task> action)
    {
        await _gate.WaitAsync();
        try
        {
            await action();
        }
        finally
        {
            _gate.Release();
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new LabException(otherwise);
        }
    }
}
