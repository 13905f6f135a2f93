using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace NatsActors.Testing.Databases;

/// <summary>
/// A real PostgreSQL server with a cluster of its own below the temporary folder, on a loopback port of its own and without a Unix
/// socket; every loopback client is trusted. Restarts keep port and data. Only its own processes are signalled, by id; disposal ends
/// them and deletes the folder.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string Superuser = "journal";
    private const string Maintenance = "postgres";
    private const string AddressTaken = "Address already in use";
    private const int PortAttempts = 10;

    private readonly PostgresOptions _options;
    private readonly string _programs = PostgresPrograms.Folder();
    private readonly string _folder = Directory.CreateTempSubdirectory("postgres-").FullName;
    private readonly ServerLog _log = new();
    private readonly EventHandler _onProcessExit;
    private Process? _process;

    private PostgresCluster(PostgresOptions options)
    {
        _options = options;
        _onProcessExit = (_, _) => EndQuietly();
        AppDomain.CurrentDomain.ProcessExit += _onProcessExit;
    }

    /// <summary>The port.</summary>
    public int Port { get; private set; }

    /// <summary>Whether the server process lives (a paused one does).</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The last lines that the server logged, over all of its starts.</summary>
    public string Log => _log.ToString();

    private Process Running => IsRunning ? _process! : throw new InvalidOperationException("The server is not running.");

    private string Data => Path.Combine(_folder, "data");

    private string LockFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>Creates a cluster and starts its server; completes when the server takes connections.</summary>
    /// <exception cref="InvalidOperationException">There is no PostgreSQL, or it ended; the message has its log.</exception>
    public static async Task<PostgresCluster> StartAsync(PostgresOptions? options = null)
    {
        var cluster = new PostgresCluster(options ?? new PostgresOptions());
        try
        {
            await cluster.InitializeAsync();
            await cluster.StartOnFreePortAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>For Npgsql.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Port, Username = Superuser, Database = database,
    }.ConnectionString;

    /// <summary>Creates an empty database with a name of its own; its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"journal_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(ConnectionString(Maintenance) + ";Pooling=false");
        await using var command = source.CreateCommand($"CREATE DATABASE {name}");
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>SIGINT: the server ends all connections, and itself in order; completes when it is gone.</summary>
    public Task StopAsync() => EndAsync(Signals.Interrupt);

    /// <summary>SIGKILL to the server and its children, as a crash of the machine; completes when they are gone.</summary>
    public async Task KillAsync()
    {
        if (IsRunning)
        {
            var family = ProcessFamily.Stop(_process!.Id);
            ProcessFamily.Signal(family, Signals.Kill);
            await ExitAsync(_process);
            await Until.TrueAsync(() => !family.Any(ProcessFamily.IsAlive), _options.Patience);
        }
    }

    /// <summary>Starts the server again after a stop or kill, or stops it first: same port, same data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        if (!await TryStartAsync())
        {
            throw new InvalidOperationException($"Port {Port} was taken while the server was down.\n{Log}");
        }
    }

    /// <summary>SIGSTOP to the server and its children, in force when this returns: connections stay open and nothing is answered.</summary>
    public void Pause() => ProcessFamily.Stop(Running.Id);

    /// <summary>SIGCONT to the server and its children.</summary>
    public void Continue()
    {
        var server = Running.Id;
        ProcessFamily.Signal([.. ProcessFamily.ChildrenOf(server), server], Signals.Continue);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= _onProcessExit;
        await EndAsync(Signals.Quit);
        _process?.Dispose();
        _process = null;
        await RemoveSharedMemoryAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task InitializeAsync()
    {
        await PostgresPrograms.HandOverAsync(_folder);
        // What initdb itself writes need not be on disk before the server starts; the server syncs its own writes.
        await PostgresPrograms.RunAsync(PostgresPrograms.Command(
            Path.Combine(_programs, "initdb"),
            ["-D", Data, "-U", Superuser, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
            _folder));
    }

    private async Task StartOnFreePortAsync()
    {
        for (var attempt = 0; attempt < PortAttempts; attempt++)
        {
            Port = LoopbackPorts.Next();
            if (await TryStartAsync())
            {
                return;
            }
        }

        throw new InvalidOperationException($"PostgreSQL found no free port; the last was {Port}.\n{Log}");
    }

    /// <summary>False when the port was taken by somebody else.</summary>
    private async Task<bool> TryStartAsync()
    {
        var taken = _log.Next(line => line.Contains(AddressTaken, StringComparison.Ordinal));
        var ready = _log.Next(line => line.EndsWith("database system is ready to accept connections", StringComparison.Ordinal));
        var process = new Process { StartInfo = PostgresPrograms.Command(Path.Combine(_programs, "postgres"), Arguments(), _folder) };
        process.ErrorDataReceived += (_, line) => Collect(line.Data);
        process.OutputDataReceived += (_, line) => Collect(line.Data);
        process.Start();
        _process?.Dispose();
        _process = process;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();

        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ready, ended).WaitAsync(_options.Patience, TimeProvider.System) == ready)
        {
            return true;
        }

        return taken.IsCompleted ? false : throw new InvalidOperationException($"PostgreSQL on port {Port} ended at once.\n{Log}");
    }

    private List<string> Arguments()
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = "",
            // In the data folder, where nothing is left behind after a kill.
            ["dynamic_shared_memory_type"] = "mmap",
            ["fsync"] = _options.Fsync ? "on" : "off",
        };
        foreach (var (name, value) in _options.Settings)
        {
            settings[name] = value;
        }

        return ["-D", Data, .. settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })];
    }

    private async Task EndAsync(int signal)
    {
        if (!IsRunning)
        {
            return;
        }

        var server = _process!.Id;
        ProcessFamily.Signal([server], signal);
        ProcessFamily.Signal([.. ProcessFamily.ChildrenOf(server), server], Signals.Continue);
        await ExitAsync(_process);
    }

    private async Task ExitAsync(Process process)
    {
        using var deadline = new CancellationTokenSource(_options.Patience, TimeProvider.System);
        await process.WaitForExitAsync(deadline.Token);
    }

    /// <summary>A server that was killed leaves its segment behind, which only the next start would remove.</summary>
    private async Task RemoveSharedMemoryAsync()
    {
        const int line = 6;
        var left = File.Exists(LockFile) ? (await File.ReadAllLinesAsync(LockFile)).ElementAtOrDefault(line) : null;
        if (left?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var id])
        {
            await PostgresPrograms.RunAsync(new ProcessStartInfo("ipcrm", ["-m", id]));
        }
    }

    private void Collect(string? line)
    {
        if (line is not null)
        {
            _log.Add(line);
        }
    }

    private void EndQuietly()
    {
        try
        {
            if (IsRunning)
            {
                Signals.Send(_process!.Id, Signals.Quit);
            }
        }
        catch (Exception failure) when (failure is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
        }
    }
}
