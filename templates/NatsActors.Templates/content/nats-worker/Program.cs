using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using NatsActors;
using NatsActors.Hosting;
using NatsWorker;

var builder = WebApplication.CreateBuilder(args);

// appsettings.json and the environment say where the servers are and who logs in:
//   Nats__Connection__Servers__0=nats://nats:4222 Nats__Connection__User=... Nats__Connection__Password=...
// worker.conf says how the publisher works.
var conf = ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "worker.conf")));
builder.Services.AddAkka("SYSTEM_NAME", akka => akka
    .ConfigureLoggers(log =>
    {
        log.ClearLoggers();
        log.AddLoggerFactory();
    })
    .AddHocon(conf, HoconAddMode.Prepend)
    .WithNatsPublisher(builder.Configuration.GetSection("Nats"))
    .WithActors((system, registry) =>
    {
        var publisher = registry.Get<NatsPublisherKey>();
        system.ActorOf(Props.Create(() => new Producer(publisher)), "producer");
    }));
builder.Services.AddHealthChecks().AddNatsPublisher();

var app = builder.Build();

// Liveness never depends on NATS. Readiness follows the link and the fill of the buffer.
app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = check => check.Tags.Contains(NatsPublisherHealth.LiveTag) });
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(NatsPublisherHealth.ReadyTag) });

await app.RunAsync();
