using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace NatsActors.Benchmarks;

/// <summary>
/// A publisher of another kind: a program that is started for each round, publishes the load and prints its messages a second as
/// the last number of its standard output. It is killed when it takes too long, with the processes that it has started.
/// </summary>
internal sealed partial class PeerWay(string name, string command, string url, TimeSpan limit) : IWay
{
    private const string Url = "NATS_URL";
    private const string Messages = "MESSAGES";
    private const string PayloadBytes = "PAYLOAD_BYTES";
    private const string Subject = "SUBJECT";

    /// <summary>What a peer is told, by environment variables.</summary>
    public static IReadOnlyList<string> Variables { get; } = [Url, Messages, PayloadBytes, Subject];

    /// <summary>What the peer printed in the last run: it knows how long its start took, which does not count.</summary>
    public double? ReportedRate { get; private set; }

    public static WayKind Kind(int number, string command, TimeSpan limit)
    {
        var name = $"peer-{number}";
        // A row of the table is one line, and its cells end with a bar.
        var shown = command.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
        return new(name, $"peer: {shown}", stage => new PeerWay(name, command, stage.Url, limit)) { InProcess = false };
    }

    public Task PrepareAsync(Load load) => Task.CompletedTask;

    public async Task RunAsync(Load load)
    {
        using var end = new CancellationTokenSource(limit, TimeProvider.System);
        using var process = Process.Start(StartOf(load))!;
        try
        {
            var last = await LastNumberAsync(process.StandardOutput).WaitAsync(end.Token);
            await process.WaitForExitAsync(end.Token);
            ReportedRate = process.ExitCode != 0
                ? throw Failed($"ended with status {process.ExitCode}")
                : last switch
                {
                    null => throw Failed("printed no number"),
                    > 0 and < double.PositiveInfinity => last,
                    _ => throw Failed(string.Create(CultureInfo.InvariantCulture, $"printed {last} as its messages a second")),
                };
        }
        catch (OperationCanceledException)
        {
            throw Failed(string.Create(CultureInfo.InvariantCulture, $"did not end within {limit.TotalSeconds} s, and was killed"));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ProcessStartInfo StartOf(Load load) => new("/bin/sh", ["-c", command])
    {
        RedirectStandardOutput = true,
        Environment =
        {
            [Url] = url,
            [Messages] = load.Messages.ToString(CultureInfo.InvariantCulture),
            [PayloadBytes] = load.Payload.Length.ToString(CultureInfo.InvariantCulture),
            [Subject] = Load.Subject,
        },
    };

    private BenchmarkException Failed(string how) => new($"{name} {how}: {command}");

    private static async Task<double?> LastNumberAsync(StreamReader output)
    {
        double? last = null;
        while (await output.ReadLineAsync() is { } line)
        {
            if (Number().Match(line) is { Success: true } number)
            {
                last = double.Parse(number.Value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
            }
        }

        return last;
    }

    /// <summary>The last number of a line, which no letter precedes: "p99" has none.</summary>
    [GeneratedRegex(@"(?<![\w.,])-?\d[\d,]*(\.\d+)?([eE][+-]?\d+)?", RegexOptions.RightToLeft)]
    private static partial Regex Number();
}
