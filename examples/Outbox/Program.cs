using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors;
using Outbox;

// dotnet run -- --Server nats://127.0.0.1:4222 --Database shop.db --Orders 1000
var builder = Host.CreateApplicationBuilder(args);
var database = builder.Configuration.GetValue("Database", "shop.db");
var orders = builder.Configuration.GetValue("Orders", 0);

builder.Services.AddNatsPublisher(new PublisherSettings
{
    Connection = new() { Servers = [builder.Configuration.GetValue("Server", "nats://127.0.0.1:4222")!], Name = "outbox" },
    Delivery = new() { Confirm = ConfirmMode.JetStream },
    JetStream = new()
    {
        // The relay is the only writer of its stream, so the stream can keep the order of the rows over its own refusals, too.
        StrictOrder = true,
        // A stream without a leader, or one that is made later, passes. The rows are in the database and can wait for it.
        RetryAttempts = int.MaxValue,
        // The stream's own: nats stream add ORDERS --subjects 'orders.>' --dupe-window 1h --defaults
        DuplicateWindow = TimeSpan.FromHours(1),
    },
});
builder.Services.AddDbContextFactory<Shop>(options => options.UseSqlite($"Data Source={database}"));
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton(builder.Configuration.GetSection("Relay").Get<RelaySettings>() ?? new());
builder.Services.AddSingleton<OutboxSignal>();
builder.Services.AddSingleton<OrderDesk>();
builder.Services.AddHostedService<OutboxRelay>();
if (orders > 0)
{
    builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<Customers>(services, orders));
}

// A drain need not wait for an outage to end: what is not stored yet is in the database, and is sent again at the next start.
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);

using var host = builder.Build();
await using (var shop = await host.Services.GetRequiredService<IDbContextFactory<Shop>>().CreateDbContextAsync())
{
    await shop.Database.EnsureCreatedAsync(); // a service of yours has migrations
}

await host.RunAsync();
