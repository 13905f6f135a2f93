using System.CommandLine;

namespace NatsActors.Benchmarks;

/// <summary>The command line: one subcommand for each mode.</summary>
public static class BenchmarkCommand
{
    private static readonly Func<TextWriter, Command>[] Modes =
    [
        ThroughputMode.Create,
        OutageMode.Create,
        LatencyMode.Create,
        RecoveryMode.Create,
        JetStreamMode.Create,
        JournalMode.Create,
        GatewayMode.Create,
        Gateway.GatewayNode.Create,
        ExtremesMode.Create,
        GateMode.Create,
        MicroMode.Create,
    ];

    /// <summary>Runs the mode that the arguments ask for.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Where tables and help go.</param>
    /// <param name="error">Where errors go; null for the standard error.</param>
    /// <returns>The exit status: 0, or 1 after an error or a gate that fails.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter? error = null)
    {
        var root = new RootCommand("Measures NatsActors beside a raw blast of encoded frames, bare Akka.NET and NATS.Client.Core.");
        foreach (var create in Modes)
        {
            root.Add(create(output));
        }

        error ??= Console.Error;
        try
        {
            return await root.Parse(args).InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        }
        catch (BenchmarkException failure)
        {
            await error.WriteLineAsync($"error: {failure.Message}");
            return 1;
        }
    }
}
