using System.Globalization;
using Akka.Cluster.Hosting;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Remote.Hosting;
using ClusterNodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NatsActors;
using NatsActors.Hosting;
using OutageLab.Counting;

// One program, three nodes (scripts/cluster.sh starts them): two of the role "nats", which have a gateway, and one of the role "orders",
// whose publisher has no way to NATS of its own.
//   ClusterNodes --Role nats   --Port 4000 --Seeds 4000,4001 --Nats nats://127.0.0.1:4222
//   ClusterNodes --Role orders --Port 4002 --Seeds 4000,4001 --Nats nats://127.0.0.1:4222 --Messages 60000 --PerSecond 3000
var builder = Host.CreateApplicationBuilder(args);
var role = builder.Configuration["Role"] ?? "orders";
var port = builder.Configuration.GetValue("Port", 4002);
var seeds = (builder.Configuration["Seeds"] ?? "4000,4001").Split(',');
var nats = builder.Configuration["Nats"] ?? "nats://127.0.0.1:4222";
var load = new Load(builder.Configuration.GetValue("Messages", 60_000), builder.Configuration.GetValue("PerSecond", 3000));
var book = new NumberBook();

builder.Services.AddAkka("shop", akka =>
{
    akka.AddHocon(ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "nodes.conf"))), HoconAddMode.Prepend)
        .WithRemoting("127.0.0.1", port)
        .WithClustering(new ClusterOptions { Roles = [role], SeedNodes = [.. seeds.Select(seed => $"akka.tcp://shop@127.0.0.1:{seed}")] });
    if (role == "nats")
    {
        akka.WithNatsGateway(options => options.Connection = connection => connection with { Servers = [nats] })
            .WithActors((system, _) => Akka.Cluster.Cluster.Get(system).RegisterOnMemberUp(() => Console.WriteLine("the gateway is up")));
    }
    else
    {
        akka.WithGatewayNatsPublisher()
            .WithActors((system, registry) => registry.Register<Orders>(
                system.ActorOf(Akka.Actor.Props.Create(() => new Orders(registry.Get<NatsPublisherKey>(), load, book)), "orders")));
    }
});
if (role != "nats")
{
    // The counts are made on this node; its reader stands for a customer elsewhere.
    builder.Services.AddSingleton(load).AddSingleton(book).AddHostedService(services => new Counter(
        nats, load, book, services.GetRequiredService<IRequiredActor<NatsPublisherKey>>(), services.GetRequiredService<IHostApplicationLifetime>()));
}

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
await builder.Build().RunAsync();
