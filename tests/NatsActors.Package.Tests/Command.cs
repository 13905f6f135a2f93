using System.Collections.Concurrent;
using System.Diagnostics;
using NatsActors.Testing;

namespace NatsActors.Package.Tests;

/// <summary>A program that a test starts in a folder; the program and what it has started end with the test.</summary>
internal sealed class Command : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    private Command(string folder, IReadOnlyDictionary<string, string> environment, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        // Build nodes that outlive the command would keep its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        // What a test host sets for itself would make the SDK below look in wrong places.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("MSBuildExtensionsPath");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What the program has printed, errors included.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Starts a program that goes on until the test ends.</summary>
    public static Command Start(string folder, IReadOnlyDictionary<string, string> environment, string program, params string[] arguments) =>
        new(folder, environment, program, arguments);

    /// <summary>Runs a program to its end; a status other than 0 fails the test.</summary>
    /// <returns>What the program printed.</returns>
    public static Task<string> RunAsync(string folder, string program, params string[] arguments) =>
        RunAsync(folder, new Dictionary<string, string>(), program, arguments);

    /// <summary>Runs a program to its end in an environment with further variables.</summary>
    /// <returns>What the program printed.</returns>
    public static async Task<string> RunAsync(
        string folder, IReadOnlyDictionary<string, string> environment, string program, params string[] arguments)
    {
        await using var command = new Command(folder, environment, program, arguments);
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        await command._process.WaitForExitAsync(limit.Token);
        Assert.True(command._process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: status {command._process.ExitCode}\n{command.Output}");
        return command.Output;
    }

    /// <summary>Waits until the program has printed the text.</summary>
    public Task SaysAsync(string text) => Until.TrueAsync(
        () => Output.Contains(text, StringComparison.Ordinal)
            || (_process.HasExited ? throw new InvalidOperationException($"The program ended: {Output}") : false),
        TimeSpan.FromSeconds(60), text);

    /// <summary>The rest of the first line that has the text.</summary>
    public string After(string text) => _lines.First(line => line.Contains(text, StringComparison.Ordinal)).Split(text)[^1].Trim();

    /// <summary>Asks the program to stop, as a service manager does, and waits for the end.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> StopAsync()
    {
        Signals.TrySend(_process.Id, Signals.Terminate);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
