using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using NatsActors;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using OutageLab;
using OutageLab.Live;
using OutageLab.Load;
using OutageLab.Publishing;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<LiveFeed>();
builder.Services.AddSingleton(new LoadRate(builder.Configuration.GetValue("Lab:Rate", 1000)));
builder.Services.AddSingleton((builder.Configuration.GetSection("Lab").Get<PublisherChoice>() ?? new PublisherChoice()).Check());
builder.Services.AddSingleton<Lab>();
builder.Services.AddHostedService(services => services.GetRequiredService<Lab>());

// /metrics is for Prometheus. OTLP goes where OTEL_EXPORTER_OTLP_ENDPOINT points, if it is set.
var otlp = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));
builder.Services.AddOpenTelemetry()
    .ConfigureResource(resource => resource.AddService("outage-lab"))
    .WithMetrics(metrics =>
    {
        metrics.AddMeter(PublisherMetrics.MeterName).AddPrometheusExporter();
        if (otlp)
        {
            metrics.AddOtlpExporter();
        }
    })
    .WithTracing(traces =>
    {
        if (otlp)
        {
            traces.AddSource(PublisherTraces.SourceName).AddOtlpExporter();
        }
    });

var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapPrometheusScrapingEndpoint();
app.MapLab();

await app.StartAsync();
foreach (var address in app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
{
    Console.WriteLine($"The outage lab is at {address} (Ctrl+C ends it)");
}

await app.WaitForShutdownAsync();
