using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>The program of docs/remote.md, run against a publisher of another actor system; only the port differs.</summary>
public sealed class RemoteSenderTests
{
    [Fact]
    public async Task The_program_of_the_page_publishes_through_another_system()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("orders.new");
        var system = ActorSystem.Create(
            "shop",
            $$"""
            akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = remote }
            akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0, maximum-frame-size = 1048576 }
            nats-actors.publisher.connection.servers = ["{{server.Url}}"]
            """);
        NatsPublishers.Get(system).Publisher();
        var address = ((ExtendedActorSystem)system).Provider.DefaultAddress;
        var page = MarkdownPage.Of("docs/remote.md");
        // A program that has just started on a busy machine may need longer than a reader's.
        var code = page.BlocksIn("csharp").Single().Text.Replace("akka.tcp://shop@127.0.0.1:4053", $"{address}", StringComparison.Ordinal)
            .Replace("TimeSpan.FromSeconds(5)", "TimeSpan.FromSeconds(60)", StringComparison.Ordinal);
        await using var program = SnippetProgram.Start(code, SnippetPackages.Of(page.Text), "RemoteSender");

        Assert.True(await program.EndAsync() == 0, program.Output);
        Assert.Contains("Ack { ", program.Output, StringComparison.Ordinal);
        Assert.Equal("order 1", Assert.Single(await reader.WaitForAsync(1)).Text);
        await system.Terminate();
    }
}
