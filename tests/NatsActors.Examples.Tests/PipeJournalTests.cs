using System.Text;
using System.Text.Json;
using NatsActors.Pipe;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

/// <summary>The whole command with a journal, in this process, against real servers.</summary>
public sealed class PipeJournalTests : IDisposable
{
    private readonly StringWriter _error = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("nats-pipe").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_a_run_without_a_server_keeps_is_a_result_of_its_own_and_the_next_run_sends_it_first()
    {
        var port = LoopbackPorts.Next();
        var lines = Enumerable.Range(1, 5000).Select(number => $"line {number}").ToList();

        var (status, ledger) = await RunAsync(lines.Take(3000), port, "--drain-timeout", "0.5");

        Assert.Equal(ExitCode.Kept, status);
        Assert.Equal((3000, 3000, 0), (Number(ledger, "accepted"), Number(ledger, "kept"), Number(ledger, "delivered")));
        Assert.Empty(ledger.GetProperty("undelivered").EnumerateObject());

        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Port = port });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("lines");
        (status, ledger) = await RunAsync(lines, port);

        Assert.Equal(ExitCode.Complete, status);
        Assert.Equal(
            (3000, 3000, 2000, 5000, 0),
            (Number(ledger, "skipped"), Number(ledger, "backlog"), Number(ledger, "accepted"), Number(ledger, "delivered"), Number(ledger, "kept")));
        Assert.Equal(lines, (await reader.WaitForAsync(5000)).Select(message => message.Text));
        Assert.Contains("the journal has 3,000 lines of a process before; they are sent first", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_stores_a_line_once_that_was_accepted_twice()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var admin = new StreamAdmin(reader);
        await admin.CreateAsync("LINES", ["lines"]);
        string[] lines = ["a", "b", "c"];
        await RunAsync(lines, server.Port, "--confirm", "jetstream", "--id-prefix", "app.log");
        // As after a crash between the journal's reply and the write of the checkpoint.
        await File.WriteAllTextAsync(Path.Combine(_folder, "checkpoint"), "1");

        var (status, ledger) = await RunAsync([.. lines, "d"], server.Port, "--confirm", "jetstream", "--id-prefix", "app.log");

        Assert.Equal((ExitCode.Complete, 3L), (status, Number(ledger, "stored")));
        Assert.Equal(["a", "b", "c", "d"], await admin.ReadAllAsync("LINES").Select(message => message.Text).ToListAsync());
    }

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private async Task<(int Status, JsonElement Ledger)> RunAsync(IEnumerable<string> lines, int port, params string[] more)
    {
        var output = new StringWriter();
        var input = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        var status = await PipeCommand.RunAsync(
            [
                "lines", "--servers", $"nats://127.0.0.1:{port}", "--json",
                "--journal", Path.Combine(_folder, "journal.db"), "--checkpoint", Path.Combine(_folder, "checkpoint"), .. more,
            ],
            new PipeConsole { Output = output, Error = _error, IsTerminal = false, OpenInput = () => new MemoryStream(input), Environment = _ => null });
        Assert.True(output.ToString().Length > 0, _error.ToString());
        return (status, JsonDocument.Parse(output.ToString()).RootElement);
    }
}
