using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using NatsActors.Testing;
using Outbox;

namespace NatsActors.Examples.Tests;

/// <summary>The relay alone, with a publisher whose buffer takes a tenth of the relay's batch.</summary>
public sealed class OutboxRelayTests : IDisposable
{
    private const int Rows = 500;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("outbox-");

    [Fact]
    public async Task Rows_keep_their_order_when_the_publisher_has_room_for_a_few_of_them()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var admin = new StreamAdmin(reader);
        await admin.CreateAsync("ORDERS", ["orders.>"]);
        var shops = await CreateAsync();
        await using var publisher = await NatsPublisher.StartAsync(new PublisherSettings
        {
            Connection = new() { Servers = [server.Url] },
            Buffer = new() { MaxMessages = 10 },
            Delivery = new() { Confirm = ConfirmMode.JetStream },
        });
        using var relay = new OutboxRelay(
            shops, publisher, new OutboxSignal(TimeProvider.System), new RelaySettings { Batch = 100 }, TimeProvider.System,
            NullLogger<OutboxRelay>.Instance);

        await relay.StartAsync(CancellationToken.None);
        await using var shop = shops.CreateDbContext();
        await Until.TrueAsync(async () => !await shop.Outbox.AnyAsync(), TimeSpan.FromSeconds(60));
        await relay.StopAsync(CancellationToken.None);

        var stored = await admin.ReadAllAsync("ORDERS").Select(message => int.Parse(message.Text, CultureInfo.InvariantCulture)).ToListAsync();
        Assert.Equal(Enumerable.Range(1, Rows), stored);
        Assert.True(publisher.Status.Totals.Refused > 0);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<IDbContextFactory<Shop>> CreateAsync()
    {
        var options = new DbContextOptionsBuilder<Shop>().UseSqlite($"Data Source={Path.Combine(_folder.FullName, "shop.db")};Pooling=False").Options;
        var shops = new PooledDbContextFactory<Shop>(options);
        await using var shop = shops.CreateDbContext();
        await shop.Database.EnsureCreatedAsync();
        shop.Outbox.AddRange(Enumerable.Range(1, Rows).Select(i => OutboxRow.Json("orders.placed", i)));
        await shop.SaveChangesAsync();
        return shops;
    }
}
