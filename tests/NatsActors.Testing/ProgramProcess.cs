using System.Collections.Concurrent;
using System.Diagnostics;

namespace NatsActors.Testing;

/// <summary>A program as a process of its own, with what it says; ends with the test, by its process id.</summary>
public sealed class ProgramProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ProgramProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Both outputs, line by line.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts a program.</summary>
    public static ProgramProcess Start(string program, IEnumerable<string> arguments) =>
        new(new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        });

    /// <summary>Completes when the output contains the text.</summary>
    public Task SaysAsync(string text) => Until.TrueAsync(
        () => _process.HasExited
            ? throw new InvalidOperationException($"{_process.StartInfo.FileName} ended: {Output}")
            : Output.Contains(text, StringComparison.Ordinal),
        Patience, text);

    /// <summary>Asks the program to stop, as a service manager does; the exit status.</summary>
    public async Task<int> StopAsync()
    {
        Signals.Send(_process.Id, Signals.Terminate);
        return await EndAsync();
    }

    /// <summary>Waits until the program ends by itself; the exit status.</summary>
    public async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
