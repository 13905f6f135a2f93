using NatsActors.Testing;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>The programs of docs/durability.md, run as they stand there; only the server's port and the folder of the file differ.</summary>
public sealed class DurabilityTests : IDisposable
{
    private static readonly MarkdownPage Page = MarkdownPage.Of("docs/durability.md");

    private readonly string _folder = Directory.CreateTempSubdirectory("nats-actors-docs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_order_of_a_killed_process_and_one_of_a_drained_process_arrive_in_order_from_the_third()
    {
        await using var server = await NatsServer.StartAsync();
        await server.KillAsync();
        var orders = new List<string>();
        await using (var killed = Start(server, orders))
        {
            // Its drain goes on for 5 seconds; the program ends before that, by SIGKILL.
            await killed.SaysAsync("Ack { ");
        }

        await using var drained = Start(server, orders);
        Assert.True(await drained.EndAsync() == 0, drained.Output);
        Assert.Contains("JournalRecovered { Publisher = ", drained.Output, StringComparison.Ordinal);
        Assert.Contains("Messages = 1", drained.Output, StringComparison.Ordinal);

        await server.RestartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("orders.new");
        await using var third = Start(server, orders);
        Assert.True(await third.EndAsync() == 0, third.Output);

        await reader.WaitForAsync(3, TimeSpan.FromSeconds(30));
        Assert.Equal(orders, reader.Messages.Select(message => message.Text));
        Assert.Contains("Ack { CorrelationId = , Sequence = 3 }", third.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_for_Akka_starts_and_stops()
    {
        await using var program = Start("WithPersistentNatsPublisher", "DurabilityAkka");
        await program.SaysAsync("Application started");

        Assert.True(await program.StopAsync() == 0, program.Output);
        Assert.DoesNotContain("journal failed", program.Output, StringComparison.Ordinal);
    }

    private ProgramProcess Start(NatsServer server, List<string> orders)
    {
        var program = Start("PublishAsync", "Durability", server.Url);
        orders.Add($"order of {program.Id}");
        return program;
    }

    private ProgramProcess Start(string part, string name, string server = "nats://127.0.0.1:4222")
    {
        var code = Page.BlocksIn("csharp").First(block => block.Text.Contains(part, StringComparison.Ordinal)).Text
            .Replace("nats://127.0.0.1:4222", server, StringComparison.Ordinal)
            .Replace("\"spool.db\"", $"\"{Path.Combine(_folder, "spool.db")}\"", StringComparison.Ordinal);
        return SnippetProgram.Start(code, SnippetPackages.Of(Page.Text), name);
    }
}
