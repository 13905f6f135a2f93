using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using NatsActors.Testing;

namespace NatsActors.Cluster.Nodes;

/// <summary>One node as a process: this program's own assembly with the command <c>node</c>. Disposal kills it.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int MostLines = 200;

    private readonly Process _process;
    private readonly TaskCompletionSource<bool> _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _output = new();
    private int _answers;

    private NodeProcess(NodeOptions options, Process process)
    {
        Options = options;
        _process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) =>
        {
            _up.TrySetResult(false);
            _exited.TrySetResult();
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public NodeOptions Options { get; }

    /// <summary>Completes when the node is a member (true), or the process has ended (false).</summary>
    public Task<bool> Up => _up.Task;

    /// <summary>Completes when the process has ended.</summary>
    public Task Exited => _exited.Task;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines that the process said.</summary>
    public string Output => $"{Options.Sender}:\n{string.Join('\n', _output)}";

    public static NodeProcess Start(NodeOptions options)
    {
        List<string> arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "NatsActors.Cluster.Node.dll"), "node", "--name", options.Name, "--life", Text(options.Life),
            "--port", Text(options.Port), "--seeds", options.Seeds, "--mode", options.Mode.ToString(), "--servers", options.Servers,
            "--folder", options.Folder, "--database", options.Database,
        ];
        if (options.HasRole)
        {
            arguments.Add("--has-role");
        }

        if (options.Plain)
        {
            arguments.Add("--plain");
        }

        if (options.Newer)
        {
            arguments.Add("--newer");
        }

        return new NodeProcess(options, new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", arguments)
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            },
        });

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Completes when the node has done what it was told, or has ended.</summary>
    public async Task TellAsync(string command, TimeSpan patience)
    {
        var before = Volatile.Read(ref _answers);
        try
        {
            await _process.StandardInput.WriteLineAsync(command);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // The node has ended, or is about to.
        }

        await Until.TrueAsync(() => _process.HasExited || Volatile.Read(ref _answers) > before, patience, $"{Options.Sender} has done: {command}");
    }

    /// <summary>SIGKILL; completes when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        if (line == NodeRun.Done)
        {
            Interlocked.Increment(ref _answers);
            return;
        }

        _output.Enqueue(line);
        if (_output.Count > MostLines)
        {
            _output.TryDequeue(out _);
        }

        if (line == NodeRun.Up)
        {
            _up.TrySetResult(true);
        }
    }
}
