using Akka.Actor;
using NatsActors.Connection;
using NatsActors.Testing;

namespace NatsActors.Tests.Borders;

/// <summary>A publisher in a system that serializes every message and every creator of actors, as test systems do.</summary>
public sealed class SerializedPublisherTests
{
    private const string Serialized = "akka.actor { serialize-messages = on, serialize-creators = on }\n";

    [Theory]
    [InlineData("fence")]
    [InlineData("jetstream")]
    public async Task Everything_works_when_every_message_is_serialized(string confirm)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync("S", ["a"]);
        await reader.SubscribeAsync("a");
        await using var test = new TestSystem(Serialized + TestSystem.To(server, $"delivery.confirm = {confirm}, buffer.overflow = wait"));
        var publisher = test.Publishers.Publisher();

        await test.EventAsync<Connected>();
        var inbox = Inbox.Create(test.System);
        inbox.Send(publisher, new Publish("a", "1"u8.ToArray()) { Headers = [new("H", "v")], WantsOutcome = true });
        Assert.IsType<Ack>(await inbox.ReceiveAsync(Until.DefaultTimeout));
        Assert.IsType<Outcome>(await inbox.ReceiveAsync(Until.DefaultTimeout), exactMatch: false);
        Assert.Equal(2, (await publisher.Ask<BatchReply>(
            new PublishBatch([new Publish("a", "2"u8.ToArray()), new Publish("a", "3"u8.ToArray())]), Until.DefaultTimeout)).Accepted);
        Assert.True((await publisher.Ask<Flushed>(new Flush(Until.DefaultTimeout), Until.DefaultTimeout)).Completed);
        publisher.Tell(ForceReconnect.Instance);
        await test.EventAsync<Reconnected>();
        Assert.Equal(0, (await publisher.Ask<Purged>(new Purge(), Until.DefaultTimeout)).Count);
        Assert.Equal(ConnectionState.Connected, (await publisher.Ask<PublisherStatus>(GetStatus.Instance, Until.DefaultTimeout)).State);
        Assert.True((await publisher.Ask<Drained>(new Drain(Until.DefaultTimeout), Until.DefaultTimeout)).Complete);

        Assert.Equal(["1", "2", "3"], (await reader.WaitForAsync(3)).Select(message => message.Text));
        Assert.DoesNotContain(test.Log, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_publisher_in_the_users_tree_starts_when_creators_are_serialized()
    {
        await using var server = await NatsServer.StartAsync();
        await using var test = new TestSystem(Serialized + TestSystem.To(server));

        var publisher = test.System.ActorOf(NatsPublisher.Props(test.Publishers.SettingsOf(), test.System), "mine");

        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", default), Until.DefaultTimeout));
        Assert.True((await publisher.Ask<Flushed>(new Flush(Until.DefaultTimeout), Until.DefaultTimeout)).Completed);
    }
}
