using Microsoft.EntityFrameworkCore;

namespace Outbox;

/// <summary>The database of the service: its orders, and beside them the messages that the relay has not brought to the stream yet.</summary>
internal sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();

    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();

    protected override void OnModelCreating(ModelBuilder model) => model.Entity<OutboxRow>().HasKey(row => row.Position);
}

/// <summary>An order of a customer.</summary>
internal sealed class Order
{
    public long Id { get; private set; }

    public required string Customer { get; init; }

    public required string Item { get; init; }
}
