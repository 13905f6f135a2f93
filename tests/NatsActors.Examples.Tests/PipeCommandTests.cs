using System.Text;
using System.Text.Json;
using NatsActors.Pipe;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

/// <summary>The whole command, in this process, against real servers.</summary>
public sealed class PipeCommandTests
{
    private const string Secret = "hunter2";
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("Required argument 'SUBJECT' missing")]
    [InlineData("unknown option --password", "s", "--password", Secret)]
    [InlineData("unknown option --token", "--token=" + Secret)]
    [InlineData("unknown option --password", "--password", Secret)]
    [InlineData("more arguments than the one SUBJECT", "s", Secret)]
    [InlineData("a token between dots is empty", "a..b")]
    [InlineData("a wildcard cannot be published to", "a.*")]
    [InlineData("--rate: '0' is not a number above 0", "s", "--rate", "0")]
    [InlineData("--max-bytes: 'much' is not a size", "s", "--max-bytes", "much")]
    [InlineData("--max-messages: '-1' is not", "s", "--max-messages", "-1")]
    [InlineData("--drain-timeout: 'inf' is not", "s", "--drain-timeout", "inf")]
    [InlineData("drop-oldest", "s", "--overflow", "nonsense")]
    [InlineData("buffer.max-bytes", "s", "--max-bytes", "1")]
    [InlineData("connection.servers", "s", "--servers", "ftp://u:" + Secret + "@host")]
    [InlineData("--user and --password-env belong together", "s", "--user", "u")]
    [InlineData("cannot be combined", "s", "--user", "u", "--password-env", "SET", "--token-env", "SET")]
    [InlineData("NOT_SET is not set", "s", "--token-env", "NOT_SET")]
    [InlineData("--file", "s", "--file", "/no/such/file")]
    [InlineData("--journal: The folder of the journal file '/no/such/folder/file' does not exist", "s", "--journal", "/no/such/folder/file")]
    [InlineData("--checkpoint and --id-prefix need --journal", "s", "--checkpoint", "file")]
    [InlineData("--checkpoint and --id-prefix need --journal", "s", "--id-prefix", "file")]
    public async Task A_usage_error_is_status_2_and_says_what_is_wrong_without_a_secret(string expected, params string[] arguments)
    {
        Assert.Equal(2, await RunAsync("", arguments));
        Assert.Contains(expected, _error.ToString());
        Assert.DoesNotContain(Secret, _error.ToString());
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Lines_arrive_in_order_and_the_json_ledger_is_all_there_is_on_standard_output()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("lines");
        var lines = Enumerable.Range(0, 5000).Select(number => $"line {number} äöü").ToList();

        var status = await RunAsync(string.Join("\r\n", lines), "lines", "--servers", server.Url, "--max-messages", "100", "--json");

        var received = await reader.WaitForAsync(5000);
        Assert.Equal(lines, received.Select(message => message.Text));
        var ledger = JsonDocument.Parse(_output.ToString()).RootElement;
        string[] fields = ["skipped", "backlog", "accepted", "delivered", "stored", "kept", "undelivered", "refused", "resent", "reconnects", "seconds"];
        Assert.Equal(fields, ledger.EnumerateObject().Select(field => field.Name));
        Assert.Equal((5000, 5000, 0), (Number(ledger, "accepted"), Number(ledger, "delivered"), Number(ledger, "refused")));
        Assert.Equal(0, status);
    }

    [Fact]
    public async Task Lines_are_stored_with_jetstream_confirmation()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var admin = new StreamAdmin(reader);
        await admin.CreateAsync("LINES", ["lines"]);

        Assert.Equal(0, await RunAsync("a\nb\nc", "lines", "--servers", server.Url, "--confirm", "jetstream"));

        Assert.Equal(["a", "b", "c"], await admin.ReadAllAsync("LINES").Select(message => message.Text).ToListAsync());
        Assert.Contains("Every line that was read (3) was stored.", _output.ToString());
    }

    [Fact]
    public async Task An_outage_at_the_end_is_status_1_and_names_what_was_left()
    {
        var port = LoopbackPorts.Next();

        var status = await RunAsync("a\nb", "lines", "--servers", $"nats://127.0.0.1:{port}", "--drain-timeout", "0.2", "--json");

        var ledger = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal(1, status);
        Assert.Equal(2, Number(ledger.GetProperty("undelivered"), "closed"));
    }

    [Fact]
    public async Task A_password_from_the_environment_opens_the_server_and_is_never_shown()
    {
        await using var server = await NatsServer.StartAsync(
            new NatsServerOptions { Config = $"authorization {{ user: \"u\", password: \"{Secret}\" }}" });
        // In this time the first run has its link and the second has heard the server, also on a busy machine.
        string[] arguments = ["lines", "--servers", server.Url, "--drain-timeout", "5", "--user", "u", "--password-env"];

        Assert.Equal(0, await RunAsync("a", [.. arguments, "SET"]));
        Assert.Equal(1, await RunAsync("a", [.. arguments, "WRONG"]));

        Assert.Contains("refuses the credentials", _error.ToString());
        Assert.DoesNotContain(Secret, _error.ToString() + _output);
    }

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private Task<int> RunAsync(string input, params string[] arguments) => PipeCommand.RunAsync(arguments, new PipeConsole
    {
        Output = _output,
        Error = _error,
        IsTerminal = false,
        OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
        Environment = name => name switch { "SET" => Secret, "WRONG" => Secret + "-wrong", _ => null },
    });
}
