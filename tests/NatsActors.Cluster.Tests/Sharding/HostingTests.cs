using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NatsActors.Hosting;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>Sharded publishers in a host: the region is in the registry, and the host's stop hands everything over.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task A_host_has_the_region_by_its_key_and_sends_what_it_has_before_it_ends()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("orders.>");
        var port = LoopbackPorts.Next();
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddAkka("shop", akka => akka
            .AddHocon(ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }"), HoconAddMode.Prepend)
            .WithRemoting("127.0.0.1", port)
            .WithClustering(new ClusterOptions { Roles = ["nats"], SeedNodes = [$"akka.tcp://shop@127.0.0.1:{port}"] })
            .WithShardedNatsPublishers("orders", options =>
            {
                options.Role = "nats";
                options.Hocon = ConfigurationFactory.ParseString($"nats-actors.publisher.connection.servers = [\"{server.Url}\"]");
            })
            .WithShardedNatsPublishers<HostingTests>("events", options => options.NumberOfShards = 5));
        using var host = builder.Build();
        await host.StartAsync();

        var orders = await host.Services.GetRequiredService<IRequiredActor<ShardedNatsPublishersKey>>().GetAsync();
        var events = await host.Services.GetRequiredService<IRequiredActor<HostingTests>>().GetAsync();
        Assert.NotEqual(orders, events);
        Assert.IsType<Ack>(await orders.Ask<PublishReply>(new KeyedPublish("a", Publish.Text("orders.a", "1")), TimeSpan.FromSeconds(20)));
        Assert.IsType<Ack>(await events.Ask<PublishReply>(new KeyedPublish("a", Publish.Text("orders.a", "2")), TimeSpan.FromSeconds(20)));
        await host.StopAsync();
        Assert.Equal(["1", "2"], (await reader.WaitForAsync(2)).Select(static message => message.Text).Order());
    }
}
