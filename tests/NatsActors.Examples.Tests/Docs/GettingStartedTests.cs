using NatsActors.Testing;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>The programs of docs/getting-started.md, run as they stand there against a real server; only the server's port differs.</summary>
public sealed class GettingStartedTests
{
    private static readonly MarkdownPage Page = MarkdownPage.Of("docs/getting-started.md");

    [Fact]
    public async Task The_program_for_Akka_stores_orders_keeps_them_in_an_outage_and_drains_at_its_end()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var program = Start(server, "WithNatsPublisher");
        await program.SaysAsync("stored: ORDERS 2");

        await server.KillAsync();
        var accepted = program.Output.Split("accepted: ").Length;
        await program.SaysAsync($"accepted: {accepted + 1}");
        await server.RestartAsync();
        await program.SaysAsync($"stored: ORDERS {accepted + 1}");
        Assert.True(await program.StopAsync() == 0, program.Output);

        Assert.Contains("publisher: closed; everything has its outcome:", program.Output, StringComparison.Ordinal);
        foreach (var line in Page.BlocksIn("text").First().Text.Split('\n'))
        {
            Assert.Contains(line, program.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_plain_program_delivers_ten_orders()
    {
        await using var server = await NatsServer.StartAsync();
        await using var program = Start(server, "NatsPublisher.StartAsync");

        Assert.True(await program.EndAsync() == 0, program.Output);
        Assert.Contains("accepted 10, delivered 10", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_with_a_generic_host_stores_its_order()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync("ORDERS", ["orders.>"]);
        // The page's appsettings.json, where the host looks for it.
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.PathTo("appsettings.json"), Page.BlocksIn("json").Single().Text.Replace("nats://127.0.0.1:4222", server.Url, StringComparison.Ordinal));
        await using var program = Start(server, "AddHostedService", folder.Path);

        Assert.True(await program.EndAsync() == 0, program.Output);
        Assert.Contains("Stored { Sequence = 1", program.Output, StringComparison.Ordinal);
    }

    private static ProgramProcess Start(NatsServer server, string part, string? folder = null)
    {
        var code = Page.BlocksIn("csharp").Single(block => block.Text.Contains(part, StringComparison.Ordinal)).Text;
        return SnippetProgram.Start(
            code.Replace("nats://127.0.0.1:4222", server.Url, StringComparison.Ordinal), SnippetPackages.Of(Page.Text),
            $"GettingStarted{part.Replace(".", "", StringComparison.Ordinal)}", folder);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("nats-actors-docs").FullName;

        public string PathTo(string file) => System.IO.Path.Combine(Path, file);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
