using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace NatsActors.Crash;

/// <summary>One life of the process: this program's own assembly with the command <c>life</c>. Disposal kills it.</summary>
internal sealed class LifeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<bool> _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _output = new();

    private LifeProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _up.TrySetResult(false);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Completes when the journal takes messages (true), or the process has ended (false).</summary>
    public Task<bool> Up => _up.Task;

    public bool HasExited => _process.HasExited;

    /// <summary>What the process said.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static LifeProcess Start(LifeOptions options)
    {
        List<string> arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "NatsActors.Crash.dll"), "life", "--folder", options.Folder, "--life", Text(options.Life),
            "--seed", Text(options.Seed), "--mode", options.Mode.ToString(), "--server", options.Server, "--mark-bytes", Text(options.MarkBytes),
        ];
        if (options.OnlySends)
        {
            arguments.Add("--only-sends");
        }

        if (options.Postgres is { } postgres)
        {
            arguments.AddRange(["--postgres", postgres]);
        }

        return new LifeProcess(new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", arguments)
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            },
        });

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>SIGKILL; completes when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets the process send what it has and end; its exit status.</summary>
    public async Task<int> DrainAsync(TimeSpan timeout)
    {
        await _process.StandardInput.WriteLineAsync(LifeRun.Drain);
        await _process.StandardInput.FlushAsync();
        await _process.WaitForExitAsync().WaitAsync(timeout, TimeProvider.System);
        return _process.ExitCode;
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

        lock (_output)
        {
            _output.Append(line).Append('\n');
        }

        if (line == LifeRun.Up)
        {
            _up.TrySetResult(true);
        }
    }
}
