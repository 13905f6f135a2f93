using System.Globalization;
using System.Reflection;
using System.Text;
using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>The actor of docs/producers.md, as it stands there, keeps the order through outages that fill the buffer.</summary>
public sealed class ProducersTests
{
    private const int Messages = 5000;

    [Fact]
    public async Task The_actor_of_the_page_keeps_the_order_when_its_messages_are_refused()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("n");
        var system = ActorSystem.Create("page", "akka { loglevel = OFF, stdout-loglevel = OFF }");
        var publisher = NatsPublishers.Get(system).Start(new PublisherSettings
        {
            Connection = new() { Servers = [server.Url] },
            Buffer = new() { MaxMessages = 100 },
        });
        var page = MarkdownPage.Of("docs/producers.md");
        var code = page.BlocksIn("csharp").First(block => block.Text.Contains("class OrderedSender", StringComparison.Ordinal)).Text;
        var type = Assembly.Load(SnippetProgram.Library(code, SnippetPackages.Of(page.Text))).GetType("OrderedSender")!;
        var sender = system.ActorOf(Props.Create(type, publisher));

        for (var i = 1; i <= Messages; i++)
        {
            sender.Tell(new Publish("n", Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture))));
        }

        await reader.WaitForAsync(Messages, TimeSpan.FromSeconds(60));
        Assert.Equal(
            Enumerable.Range(1, Messages).Select(i => i.ToString(CultureInfo.InvariantCulture)),
            reader.Messages.Select(message => message.Text));
        Assert.True((await publisher.Ask<PublisherStatus>(GetStatus.Instance)).Totals.Refused > 0);
        await system.Terminate();
    }
}
