using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace NatsActors.Benchmarks;

/// <summary>
/// A publisher of another kind: a program that is started for each round, publishes the messages and prints its messages a second as
/// the last number of its standard output. It is killed when it takes too long, with the processes that it has started.
/// </summary>
internal sealed partial class PeerProcess(string name, string command, string url, TimeSpan limit)
{
    private const string Url = "NATS_URL";
    private const string Messages = "MESSAGES";
    private const string PayloadBytes = "PAYLOAD_BYTES";
    private const string Subject = "SUBJECT";
    private const string Window = "WINDOW";

    /// <summary>What a peer is told, by environment variables; with a stream also how many messages may await their PubAck, as WINDOW.</summary>
    public static IReadOnlyList<string> Variables { get; } = [Url, Messages, PayloadBytes, Subject];

    /// <summary>The command as a row of a table shows it, which is one line, and whose cells end with a bar.</summary>
    public static string Shown(string command) => $"peer: {command.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)}";

    /// <summary>Runs it.</summary>
    /// <returns>The messages a second that it printed: it knows how long its start took, which does not count.</returns>
    /// <exception cref="BenchmarkException">It failed, printed no number or took too long.</exception>
    public async Task<double> RunAsync(int messages, int payloadBytes, string subject, int? window = null)
    {
        using var end = new CancellationTokenSource(limit, TimeProvider.System);
        using var process = Process.Start(StartOf(messages, payloadBytes, subject, window))!;
        try
        {
            var last = await LastNumberAsync(process.StandardOutput).WaitAsync(end.Token);
            await process.WaitForExitAsync(end.Token);
            return process.ExitCode != 0
                ? throw Failed($"ended with status {process.ExitCode}")
                : last switch
                {
                    null => throw Failed("printed no number"),
                    > 0 and < double.PositiveInfinity => last.Value,
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

    private ProcessStartInfo StartOf(int messages, int payloadBytes, string subject, int? window)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true };
        start.Environment[Url] = url;
        start.Environment[Messages] = Text(messages);
        start.Environment[PayloadBytes] = Text(payloadBytes);
        start.Environment[Subject] = subject;
        if (window is { } most)
        {
            start.Environment[Window] = Text(most);
        }

        return start;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

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
