using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace NatsActors.Demo;

/// <summary>NatsPipe as a user would run it, with <c>--json</c>.</summary>
internal sealed class PipeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;

    private PipeProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public static PipeProcess Start(DemoInput input, string url, params string[] more)
    {
        string[] arguments =
        [
            DemoInput.Subject, "--file", input.File, "--servers", url,
            "--rate", DemoInput.LinesPerSecond.ToString(CultureInfo.InvariantCulture), "--json", .. more,
        ];
        DemoInput.Say($"NatsPipe {string.Join(' ', arguments)}");
        var start = new ProcessStartInfo("dotnet", [input.PipeProgram, .. arguments]) { RedirectStandardOutput = true };
        return new PipeProcess(Process.Start(start)!);
    }

    /// <summary>The ledger and the exit status.</summary>
    public async Task<(JsonElement Ledger, string Text, int ExitStatus)> EndAsync(TimeSpan timeout)
    {
        using var deadline = new CancellationTokenSource(timeout, TimeProvider.System);
        await _process.WaitForExitAsync(deadline.Token);
        var text = (await _output).Trim();
        return (JsonDocument.Parse(text).RootElement, text, _process.ExitCode);
    }

    /// <summary>SIGKILL: the process writes nothing more.</summary>
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
}
