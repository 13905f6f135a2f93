using System.Collections.Concurrent;
using System.Diagnostics;

namespace NatsActors.Testing;

/// <summary>A program as a process of its own, with what it says; ends with the test, by its process id.</summary>
public sealed class ProgramProcess : IAsyncDisposable
{
    private const int Outputs = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private int _ended;

    private ProgramProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether the program has not ended.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>Both outputs, line by line.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts a program.</summary>
    public static ProgramProcess Start(string program, IEnumerable<string> arguments) =>
        new(new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        });

    /// <summary>Completes when the output contains the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="limit">How long to wait; null for a minute.</param>
    public Task SaysAsync(string text, TimeSpan? limit = null) => Until.TrueAsync(
        () =>
        {
            // A program that ends is read to the end of both outputs: its last line may be the text.
            var isOver = Volatile.Read(ref _ended) == Outputs;
            var says = Output.Contains(text, StringComparison.Ordinal);
            return says || !isOver ? says : throw new InvalidOperationException($"{_process.StartInfo.FileName} ended: {Output}");
        },
        limit ?? Patience, text);

    /// <summary>Asks the program to stop, as a service manager does; the exit status.</summary>
    public async Task<int> StopAsync()
    {
        Signals.TrySend(_process.Id, Signals.Terminate);
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
        if (IsRunning)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            Interlocked.Increment(ref _ended);
            return;
        }

        _output.Enqueue(line);
    }
}
