using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NatsActors.Testing;

/// <summary>
/// A real nats-server process on a loopback port of its own, with its own configuration and store folder. Restarts keep port and
/// store. Only its own process is ever signalled, by id; disposal kills it and deletes what it made.
/// </summary>
public sealed class NatsServer : IAsyncDisposable
{
    private const int PortAttempts = 10;
    private const string AddressTaken = "address already in use";
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private readonly NatsServerOptions _options;
    private readonly string _binary = InstalledProgram.Find("NATS_SERVER", "nats-server");
    private readonly string _name = $"test-{Guid.NewGuid():N}";
    private readonly string _folder;
    private readonly ServerLog _log = new();
    private readonly EventHandler _onProcessExit;
    private string _config;
    private Process? _process;

    private NatsServer(NatsServerOptions options)
    {
        _options = options;
        _config = options.Config;
        _folder = Directory.CreateTempSubdirectory("nats-server-").FullName;
        _onProcessExit = (_, _) => KillQuietly();
        AppDomain.CurrentDomain.ProcessExit += _onProcessExit;
    }

    /// <summary>The client port.</summary>
    public int Port { get; private set; }

    /// <summary>The server's address without credentials.</summary>
    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>The id of the running process.</summary>
    public int Pid => Running.Id;

    /// <summary>Whether the process lives (a suspended one does).</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The last lines that the server logged, over all of its starts.</summary>
    public string Log => _log.ToString();

    /// <summary>Where the streams are.</summary>
    public string StoreDirectory => _options.StoreDirectory ?? Path.Combine(_folder, "store");

    private Process Running => _process ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">There is no nats-server, or it ended; the message has its log.</exception>
    public static async Task<NatsServer> StartAsync(NatsServerOptions? options = null)
    {
        var server = new NatsServer(options ?? new NatsServerOptions());
        try
        {
            await server.StartOnFreePortAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server again after a stop or kill, or stops it first: same port, same store.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        if (!await TryStartAsync())
        {
            throw new InvalidOperationException($"Port {Port} was taken while the server was down.\n{Log}");
        }
    }

    /// <summary>SIGKILL; completes when the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await ExitAsync(process);
        }
    }

    /// <summary>SIGTERM; completes when the process is gone.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false } process)
        {
            Signals.TrySend(process.Id, Signals.Terminate);
            Signals.TrySend(process.Id, Signals.Continue);
            await ExitAsync(process);
        }
    }

    /// <summary>SIGSTOP, in force when this returns: connections stay open and nothing is answered.</summary>
    public void Suspend()
    {
        var process = Running;
        Signal(Signals.Stop);
        // The kernel stops each thread when it gets to it: until then an answer may still slip out.
        if (!SpinWait.SpinUntil(() => Signals.IsStopped(process.Id), StopTimeout))
        {
            throw new TimeoutException($"nats-server {process.Id} did not stop.");
        }
    }

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signal(Signals.Continue);

    /// <summary>Sends a signal to the process (see <see cref="Signals"/>).</summary>
    public void Signal(int signal) => Signals.Send(Pid, signal);

    /// <summary>Replaces <see cref="NatsServerOptions.Config"/> and lets the running server read it (SIGHUP).</summary>
    public async Task ReloadAsync(string config)
    {
        _config = config;
        WriteConfig();
        var answer = _log.Next(line => line.Contains("Reloaded server configuration", StringComparison.Ordinal)
            || line.Contains("Failed to reload", StringComparison.Ordinal));
        Signal(Signals.Hangup);
        var line = await answer.WaitAsync(_options.StartTimeout);
        if (line.Contains("Failed", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The server refused the configuration: {line}");
        }
    }

    /// <summary>Completes with the next line of the log that contains <paramref name="text"/>.</summary>
    public Task<string> NextLogLineAsync(string text, TimeSpan timeout) =>
        _log.Next(line => line.Contains(text, StringComparison.Ordinal)).WaitAsync(timeout);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= _onProcessExit;
        await KillAsync();
        _process?.Dispose();
        _process = null;
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task StartOnFreePortAsync()
    {
        for (var attempt = 0; attempt < PortAttempts; attempt++)
        {
            Port = _options.Port ?? LoopbackPorts.Next();
            if (await TryStartAsync())
            {
                return;
            }

            if (_options.Port is not null)
            {
                break;
            }
        }

        throw new InvalidOperationException($"nats-server found no free port; the last was {Port}.\n{Log}");
    }

    /// <summary>False when the port was taken by somebody else.</summary>
    private async Task<bool> TryStartAsync()
    {
        WriteConfig();
        var start = new ProcessStartInfo(_binary) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(ConfigFile);
        var portTaken = _log.Next(line => line.Contains(AddressTaken, StringComparison.Ordinal));
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) => Collect(line.Data);
        process.OutputDataReceived += (_, line) => Collect(line.Data);
        process.Start();
        // Only a process that has been started can be asked whether it lives, and IsRunning may be read from any thread.
        var before = Interlocked.Exchange(ref _process, process);
        before?.Dispose();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        if (await AnswersAsync(process))
        {
            return true;
        }

        var how = process.HasExited ? "ended at once" : $"did not answer within {_options.StartTimeout}";
        await KillAsync();
        return portTaken.IsCompleted
            ? false
            : throw new InvalidOperationException($"nats-server on port {Port} {how}.\n{Log}");
    }

    private async Task<bool> AnswersAsync(Process process)
    {
        using var deadline = new CancellationTokenSource(_options.StartTimeout, TimeProvider.System);
        using var retry = new PeriodicTimer(RetryInterval);
        try
        {
            while (!process.HasExited)
            {
                if (await GreetsAsync(deadline.Token))
                {
                    return true;
                }

                await retry.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }

        return false;
    }

    /// <summary>Whether this very server, and not another on its port, sends INFO.</summary>
    private async Task<bool> GreetsAsync(CancellationToken cancellation)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellation);
            using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
            var greeting = await reader.ReadLineAsync(cancellation);
            return greeting is not null && greeting.Contains(_name, StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return false;
        }
    }

    private string ConfigFile => Path.Combine(_folder, "nats-server.conf");

    private void WriteConfig()
    {
        var text = new StringBuilder()
            .AppendLine($"listen: \"127.0.0.1:{Port}\"")
            .AppendLine($"server_name: \"{_name}\"");
        if (_options.JetStream)
        {
            text.AppendLine($"jetstream {{ store_dir: \"{StoreDirectory}\"\n{_options.JetStreamConfig}\n}}");
        }

        File.WriteAllText(ConfigFile, text.AppendLine(_config).ToString());
    }

    private void Collect(string? line)
    {
        if (line is not null)
        {
            _log.Add(line);
        }
    }

    private static async Task ExitAsync(Process process)
    {
        using var deadline = new CancellationTokenSource(StopTimeout, TimeProvider.System);
        await process.WaitForExitAsync(deadline.Token);
    }

    private void KillQuietly()
    {
        try
        {
            _process?.Kill();
        }
        catch (InvalidOperationException)
        {
        }
    }
}
