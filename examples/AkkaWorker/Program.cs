using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using AkkaWorker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NatsActors;
using NatsActors.Hosting;

var builder = Host.CreateApplicationBuilder(args);

// Secrets come from the host's configuration (environment, user secrets, a vault), everything else from HOCON:
//   Nats__Connection__User=... Nats__Connection__Password=... dotnet run --Nats:Connection:Servers:0=nats://127.0.0.1:4222
// The section is optional: without it HOCON alone decides.
var nats = builder.Configuration.GetSection("Nats");
var producers = builder.Configuration.GetValue("Producers", 4);
var perSecond = builder.Configuration.GetValue("PerSecond", 2000);

builder.Services.AddAkka("worker", akka => akka
    .AddHocon(ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "worker.conf"))), HoconAddMode.Prepend)
    .WithNatsPublisher(nats, optional: true)
    .WithActors((system, registry) =>
    {
        var publisher = registry.Get<NatsPublisherKey>();
        for (var i = 1; i <= producers; i++)
        {
            var subject = $"worker.{i}";
            system.ActorOf(Props.Create(() => new Producer(publisher, subject, perSecond)), $"producer-{i}");
        }
    }));
builder.Services.AddHealthChecks().AddNatsPublisher();
// The same as streams of Akka.Streams: --Producers=0 --Streams=4
builder.Services.AddHostedService<NumberStreams>();

await builder.Build().RunAsync();
