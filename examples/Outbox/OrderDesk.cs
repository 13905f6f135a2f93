using Microsoft.EntityFrameworkCore;

namespace Outbox;

/// <summary>Takes orders. An order and the message that tells of it are in one transaction: both are committed, or none is.</summary>
internal sealed class OrderDesk(IDbContextFactory<Shop> shops, OutboxSignal signal)
{
    /// <summary>A customer may have this many orders.</summary>
    public const int MostOrders = 5;

    /// <returns>The order; null when the customer has too many.</returns>
    public async Task<Order?> PlaceAsync(string customer, string item, CancellationToken cancellation)
    {
        await using var shop = await shops.CreateDbContextAsync(cancellation);
        await using var transaction = await shop.Database.BeginTransactionAsync(cancellation);

        var order = new Order { Customer = customer, Item = item };
        shop.Add(order);
        await shop.SaveChangesAsync(cancellation); // gives the order its id
        shop.Add(OutboxRow.Json("orders.placed", new { order.Id, customer, item }, new Dictionary<string, string> { ["Customer"] = customer }));
        await shop.SaveChangesAsync(cancellation);

        if (await shop.Orders.CountAsync(each => each.Customer == customer, cancellation) > MostOrders)
        {
            return null; // the transaction ends without a commit: there is no order, and no message of one
        }

        await transaction.CommitAsync(cancellation);
        signal.Committed();
        return order;
    }
}
