using System.Text.Json;
using System.Xml.Linq;
using NatsActors.Benchmarks;
using NatsActors.Testing;

namespace NatsActors.Faults.Tests;

/// <summary>Each mode of the benchmark at a tiny size: a run itself fails when the server does not get every message.</summary>
public sealed class BenchmarkTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("benchmark-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("raw blast")]
    [InlineData("bare Akka.NET `Tell` and reply")]
    [InlineData("NATS.Client.Core")]
    [InlineData("Akka.NET: `Tell` and `Ack` for each message")]
    [InlineData("Akka.NET: `PublishBatch`")]
    [InlineData("bare Akka.Streams")]
    [InlineData("Akka.Streams: `NatsSink`")]
    [InlineData("Akka.Streams: `NatsFlow`")]
    [InlineData("facade: `TryPublish`")]
    [InlineData("facade: awaited `PublishAsync`, 4 callers")]
    [InlineData("facade: awaited batch")]
    [InlineData("drain")]
    [InlineData("1,000")]
    public async Task Every_way_delivers_everything_and_has_its_row(string row) =>
        Assert.Contains($"\n| {row}", await Output.Value, StringComparison.Ordinal);

    private static readonly Lazy<Task<string>> Output = new(async () => await RunAsync(
        [.. ReadmeCommand.ArgumentsOf("NatsActors.Benchmarks", "throughput").Split(' '), "--messages", "1000", "--rounds", "1"]));

    [Fact]
    public async Task Throughput_has_its_spread_its_plot_and_a_file_for_programs()
    {
        await RunAsync("throughput", "--ways", "raw", "try", "--sizes", "0", "65536", "--messages", "50", "--rounds", "3", "--json", InFolder("t.json"), "--plot", InFolder("t.svg"));

        var rates = Table("t.json", "Rates by payload size");
        Assert.Equal(["raw", "try", "raw", "try"], rates.Select(row => row.GetProperty("way").GetString()));
        Assert.All(rates, row => Assert.InRange(
            row.GetProperty("median a second").GetDouble(), row.GetProperty("least").GetDouble(), row.GetProperty("most").GetDouble()));
        Assert.Equal(["raw", "try"], LegendOf("t.svg"));
    }

    [Fact]
    public async Task A_journal_has_its_writes_its_deletes_and_its_recovery()
    {
        await RunAsync("journal", "--engines", "sqlite", "sqlite:journal_mode=DELETE,batch-size=10", "--under-way", "1", "16", "--pages", "130", "--page-bytes", "1000", "--seconds", "1", "--recovery", "100", "--rounds", "1", "--json", InFolder("j.json"));

        var writes = Table("j.json", "Pages until the journal has answered all");
        // Three ways; what a server has confirmed is not there to be read.
        Assert.Equal(24, writes.Count);
        Assert.All(writes, row => Assert.True(row.GetProperty("pages/s").GetDouble() > 0));
        Assert.Equal(4, Table("j.json", "Seconds until all pages are read").Count);
    }

    [Fact]
    public async Task A_gateway_has_a_row_for_each_number_of_senders()
    {
        await RunAsync("gateway", "--senders", "1", "2", "--messages", "3001", "--rounds", "1", "--json", InFolder("g.json"));

        Assert.Equal(
            ["local", "gateway-1", "gateway-2"],
            Table("g.json", "Rates by payload size").Select(row => row.GetProperty("way").GetString()));
    }

    [Fact]
    public async Task A_peer_takes_part_in_the_rounds()
    {
        var output = await RunAsync("throughput", "--ways", "raw", "--sizes", "5", "--messages", "7", "--rounds", "2", "--details", "--peer", Peer("exec 3<&-; echo 7 messages, 1,234.5 a second"));

        Assert.Contains("| peer-1 | 5 | 7 | 1,235 | 1,235 | 1,235 | - | - |", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 3", "60", "peer-1 ended with status 3: ")]
    [InlineData("echo none, p99", "60", "peer-1 printed no number: ")]
    [InlineData("echo 0", "60", "peer-1 printed 0 as its messages a second: ")]
    [InlineData("sleep 60", "1", "peer-1 did not end within 1 s, and was killed: ")]
    public async Task A_peer_that_fails_is_named_with_its_fault(string end, string limit, string error) =>
        Assert.Contains($"error: {error}", await FailAsync(
            "throughput", "--ways", "raw", "--sizes", "5", "--messages", "7", "--rounds", "1", "--peer-limit", limit, "--peer", end), StringComparison.Ordinal);

    [Fact]
    public async Task A_peer_that_takes_too_long_is_killed()
    {
        await FailAsync(
            "throughput", "--ways", "raw", "--sizes", "5", "--messages", "7", "--rounds", "1", "--peer-limit", "1", "--peer", $"echo $$ >{InFolder("pid")}; sleep 60; echo 7");

        Assert.False(Directory.Exists($"/proc/{File.ReadAllText(InFolder("pid")).Trim()}"));
    }

    [Fact]
    public async Task A_peer_that_publishes_less_than_it_says_is_found_out() => Assert.Contains(
        "error: peer-1: the server should have read 7 messages of 5 B, and has read 0 with 0 B in all",
        await FailAsync("throughput", "--ways", "raw", "--sizes", "5", "--messages", "7", "--rounds", "1", "--peer", "echo 1000"), StringComparison.Ordinal);

    [Fact]
    public async Task An_outage_has_its_rates_its_memory_and_its_plot()
    {
        await RunAsync("outage", "--messages", "1000", "400000", "--rounds", "1", "--seconds", "1", "--json", InFolder("o.json"), "--plot", InFolder("o.svg"));

        var memory = Table("o.json", "Memory");
        Assert.Equal([1_000, 400_000], memory.Select(row => row.GetProperty("messages").GetInt32()));
        Assert.InRange(memory[1].GetProperty("B a message above its wire bytes").GetDouble(), 0, 32);
        var plotted = Assert.Single(Table("o.json", "One outage over time"));
        Assert.True(plotted.GetProperty("buffered at most").GetInt64() > 0);
        // The backlog is read faster than the producer's 20,000 a second.
        Assert.True(plotted.GetProperty("server's most a second").GetDouble() > 25_000);
        Assert.Equal(plotted.GetProperty("accepted").GetInt64(), plotted.GetProperty("delivered").GetInt64());
        Assert.Equal(["messages", "rate"], LegendOf("o.svg"));
    }

    [Fact]
    public async Task An_outage_that_does_not_fit_into_memory_is_refused_before_it_begins() => Assert.Contains(
        "2,000,000,000 messages need", await FailAsync("outage", "--messages", "2000000000", "--size", "1024"), StringComparison.Ordinal);

    [Fact]
    public async Task Each_extreme_has_its_outcome()
    {
        // In two seconds half of the rate fills the small buffer and the sockets' on the way.
        await RunAsync("extremes", "--messages", "1000", "--large", "9", "--seconds", "2", "--json", InFolder("e.json"));

        var rows = Table("e.json", "Extremes");
        Assert.Equal(5, rows.Count);
        Assert.All(rows, row => Assert.Equal(row.GetProperty("accepted").GetInt64(), row.GetProperty("delivered").GetInt64()));
        Assert.All(rows, row => Assert.True(row.GetProperty("buffered at most, MiB").GetDouble() <= row.GetProperty("buffer.max-bytes, MiB").GetDouble()));
        Assert.Equal([0, 1, 0, 0, 0], rows.Select(row => row.GetProperty("Rejected").GetInt64()));
        // More than the small buffer takes while the reader does not read, or reads slowly. Whether 9 messages of 8 MiB fill theirs is a
        // race between the producer and the link.
        Assert.Equal([false, false, true, true], rows.Where((_, row) => row != 2).Select(row => row.GetProperty("BufferFull").GetInt64() > 0));
    }

    [Fact]
    public async Task The_gate_passes_usual_ratios_and_names_one_that_falls_short()
    {
        var low = Floors("""{ "payloadBytes": 16, "ratiosOfRaw": { "tell": 0.0001, "drain": 0.0001 } }""");
        Assert.DoesNotContain("FALLS SHORT", await RunAsync("gate", "--messages", "1000", "--rounds", "1", "--floors", low), StringComparison.Ordinal);

        var high = Floors("""{ "payloadBytes": 128, "ratiosOfRaw": { "tell": 0.0001, "client": 2 } }""");
        using var output = new StringWriter();
        Assert.Equal(1, await BenchmarkCommand.RunAsync(["gate", "--messages", "200000", "--rounds", "3", "--floors", high, "--json", InFolder("g.json")], output));

        var rows = Table("g.json", "Ratios");
        Assert.Equal(["client", "tell"], rows.Select(row => row.GetProperty("way").GetString()));
        Assert.Equal(["FALLS SHORT", "passes"], rows.Select(row => row.GetProperty("verdict").GetString()));
        Assert.Equal([JsonValueKind.Number, JsonValueKind.Null], rows.Select(row => row.GetProperty("measured again").ValueKind));
    }

    [Fact]
    public async Task The_committed_floors_can_be_read()
    {
        // Their verdict is that of scripts/gate.sh: this machine runs tests beside it.
        using var output = new StringWriter();
        await BenchmarkCommand.RunAsync(["gate", "--messages", "1000", "--rounds", "1"], output);

        Assert.All((string[])["tell", "tell-batch", "sink", "try", "drain"], way => Assert.Contains($"| {way} |", output.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "payloadBytes": 128, "ratiosOfRaw": { "tel": 0.5 } }""", "ratiosOfRaw.tel is 0.5; allowed is only the ways client, tell, tell-batch,")]
    [InlineData("""{ "payloadBytes": 128, "ratiosOfRaw": { "tell": 0 } }""", "ratiosOfRaw.tell is 0; allowed is a number above 0 and at most 2")]
    [InlineData("""{ "payloadBytes": 128, "ratiosOfRaw": { "tell": "a" } }""", "ratiosOfRaw.tell is \"a\"; allowed is a number above 0 and at most 2")]
    [InlineData("""{ "payloadBytes": -1, "ratiosOfRaw": { "tell": 0.5 } }""", "payloadBytes is -1; allowed is a whole number from 0 to 65536")]
    [InlineData("""{ "ratiosOfRaw": { "tell": 0.5 } }""", "payloadBytes is missing; allowed is a whole number from 0 to 65536")]
    [InlineData("""{ "payloadBytes": 128, "ratiosOfRaw": {} }""", "ratiosOfRaw is {}; allowed is an object with at least one way")]
    [InlineData("""{ "payloadBytes": 128, "ratios": {} }""", "ratios is {}; allowed is only the keys payloadBytes and ratiosOfRaw")]
    [InlineData("[1]", "the file is [1]; allowed is an object with payloadBytes and ratiosOfRaw")]
    [InlineData("tell", "is an invalid JSON literal")]
    public async Task Bad_floors_are_named_with_what_is_allowed(string floors, string error)
    {
        var failure = await FailAsync("gate", "--floors", Floors(floors));

        Assert.StartsWith("error: floors.json: ", failure, StringComparison.Ordinal);
        Assert.Contains(error, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sizes -1", "a size lies between 0 and 1,048,576")]
    [InlineData("--sizes many", "Cannot parse argument 'many'")]
    [InlineData("--messages 0", "--messages must be positive")]
    [InlineData("--rounds 0", "--rounds must be positive")]
    [InlineData("--ways fast", "Argument 'fast' not recognized")]
    [InlineData("--json missing-folder/t.json", "--json: the folder of the file does not exist")]
    public async Task Bad_options_are_named(string options, string error) =>
        Assert.Contains(error, await FailAsync(["throughput", .. options.Split(' ')]), StringComparison.Ordinal);

    [Fact]
    public async Task Without_a_mode_the_modes_are_named()
    {
        using var output = new StringWriter();
        Assert.Equal(1, await BenchmarkCommand.RunAsync([], output, TextWriter.Null));

        Assert.All((string[])["throughput", "outage", "extremes", "gate", "micro"], mode => Assert.Contains($"\n  {mode} ", output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_parts_are_measured_without_a_server() => Assert.Contains(
        "| buffer: accept and confirm 16 B, 2,000 buffered |",
        await RunAsync("micro", "--rounds", "1", "--buffered", "2000"), StringComparison.Ordinal);

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = await BenchmarkCommand.RunAsync(arguments, output, error);
        Assert.True(status == 0, $"status {status}: {output}{error}");
        return output.ToString();
    }

    private static async Task<string> FailAsync(params string[] arguments)
    {
        using var error = new StringWriter();
        Assert.Equal(1, await BenchmarkCommand.RunAsync(arguments, TextWriter.Null, error));
        return error.ToString();
    }

    /// <summary>A publisher in a few lines of bash, which then does what the end says.</summary>
    private string Peer(string end)
    {
        var script = InFolder("peer.sh");
        File.WriteAllText(script, $$"""
            exec 3<>"/dev/tcp/127.0.0.1/${NATS_URL##*:}"
            printf 'CONNECT {"verbose":false}\r\n' >&3
            payload="$(head -c "$PAYLOAD_BYTES" /dev/zero | tr '\0' x)"
            for ((i = 0; i < MESSAGES; i++)); do printf 'PUB %s %s\r\n%s\r\n' "$SUBJECT" "$PAYLOAD_BYTES" "$payload" >&3; done
            printf 'PING\r\n' >&3
            while read -r line <&3 && [[ $line != PONG* ]]; do :; done
            {{end}}
            """);
        return $"bash {script}";
    }

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    private string Floors(string text)
    {
        File.WriteAllText(InFolder("floors.json"), text);
        return InFolder("floors.json");
    }

    /// <summary>The rows of a table, each by the names of its columns; of two columns with one name the first.</summary>
    private List<JsonElement> Table(string json, string title)
    {
        using var report = JsonDocument.Parse(File.ReadAllText(InFolder(json)));
        var table = report.RootElement.GetProperty("tables").EnumerateArray()
            .First(each => each.GetProperty("title").GetString()!.StartsWith(title, StringComparison.Ordinal));
        var columns = table.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!).ToList();
        return [.. table.GetProperty("rows").EnumerateArray().Select(row => JsonSerializer.SerializeToElement(
            row.EnumerateArray().Select((cell, i) => (Name: columns[i], Cell: cell)).DistinctBy(cell => cell.Name).ToDictionary(cell => cell.Name, cell => cell.Cell)))];
    }

    private IEnumerable<string> LegendOf(string svg)
    {
        string[] names = ["raw", "try", "messages", "rate"];
        return XDocument.Load(InFolder(svg)).Descendants().Where(element => element.Name.LocalName == "text" && names.Contains(element.Value))
            .Select(element => element.Value);
    }
}
