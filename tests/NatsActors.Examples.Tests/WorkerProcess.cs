using System.Globalization;
using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

/// <summary>The example AkkaWorker as a process of its own; ends with the test.</summary>
internal sealed partial class WorkerProcess(ProgramProcess process) : IAsyncDisposable
{
    public string Output => process.Output;

    /// <summary>What each producer says at its end: its subject, and how many messages were accepted.</summary>
    public IReadOnlyDictionary<string, long> Accepted => AcceptedLine().Matches(Output)
        .ToDictionary(line => line.Groups[1].Value, line => long.Parse(line.Groups[2].Value, CultureInfo.InvariantCulture));

    public static WorkerProcess Start(string serverUrl, int producers, int perSecond, int streams = 0) => new(ProgramProcess.Start("dotnet",
    [
        Path.Combine(AppContext.BaseDirectory, "AkkaWorker.dll"),
        $"--Nats:Connection:Servers:0={serverUrl}", $"--Producers={producers}", $"--PerSecond={perSecond}", $"--Streams={streams}",
    ]));

    public Task SaysAsync(string text) => process.SaysAsync(text);

    /// <summary>Asks it to stop, as a service manager does, and waits for the end.</summary>
    public Task<int> StopAsync() => process.StopAsync();

    public ValueTask DisposeAsync() => process.DisposeAsync();

    [GeneratedRegex(@"(worker\.\d+): (\d+) messages accepted")]
    private static partial Regex AcceptedLine();
}
