using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

/// <summary>The example AkkaWorker as a process of its own; ends with the test.</summary>
internal sealed partial class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private WorkerProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _output);

    /// <summary>What each producer says at its end: its subject, and how many messages were accepted.</summary>
    public IReadOnlyDictionary<string, long> Accepted => AcceptedLine().Matches(Output)
        .ToDictionary(line => line.Groups[1].Value, line => long.Parse(line.Groups[2].Value, CultureInfo.InvariantCulture));

    public static WorkerProcess Start(string serverUrl, int producers, int perSecond) => new(new Process
    {
        StartInfo = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "AkkaWorker.dll"),
                $"--Nats:Connection:Servers:0={serverUrl}", $"--Producers={producers}", $"--PerSecond={perSecond}",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        },
    });

    public Task SaysAsync(string text) => Until.TrueAsync(
        () => _process.HasExited
            ? throw new InvalidOperationException($"The worker ended: {Output}")
            : Output.Contains(text, StringComparison.Ordinal),
        TimeSpan.FromSeconds(60), text);

    /// <summary>Asks it to stop, as a service manager does, and waits for the end.</summary>
    public async Task<int> StopAsync()
    {
        Signals.Send(_process.Id, Signals.Terminate);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"(worker\.\d+): (\d+) messages accepted")]
    private static partial Regex AcceptedLine();
}
