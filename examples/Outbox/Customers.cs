using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Outbox;

/// <summary>The demonstration: places orders, one after the other. Each customer tries one order too many.</summary>
internal sealed class Customers(OrderDesk desk, int orders, ILogger<Customers> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (placed, refused) = (0, 0);
        while (placed < orders)
        {
            var customer = $"{Guid.NewGuid()}";
            for (var i = 0; i <= OrderDesk.MostOrders && placed < orders; i++)
            {
                if (await desk.PlaceAsync(customer, $"item {i}", stoppingToken) is not null)
                {
                    placed++;
                }
                else
                {
                    refused++;
                }
            }
        }

        log.LogInformation("{Placed} orders placed, {Refused} refused", placed, refused);
    }
}
