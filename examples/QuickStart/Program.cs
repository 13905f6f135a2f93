using NatsActors;

var settings = new PublisherSettings
{
    Connection = new() { Servers = [args.Length > 0 ? args[0] : "nats://127.0.0.1:4222"] },
    Buffer = new() { MaxBytes = 64 << 20, MaxMessages = 100_000 }, // what an outage may hold
};

await using var publisher = await NatsPublisher.StartAsync(settings); // starts without a server, too
publisher.EventRaised += Console.WriteLine; // Connected, Disconnected, Reconnected, OverflowStarted, ...

for (var i = 1; i <= 10; i++)
{
    switch (await publisher.PublishAsync(Publish.Text("orders.new", $"order {i}")))
    {
        case Ack:
            break; // kept, and sent in order as soon as a link allows
        case BufferFull full:
            Console.WriteLine($"refused at the limit on {full.Limit}; no link for {full.LinkDownFor}");
            break;
        case Rejected rejected:
            Console.WriteLine($"never: {rejected.Detail}");
            break;
    }
}

var drained = await publisher.DrainAsync(TimeSpan.FromSeconds(10)); // what was left, message by message
Console.WriteLine(drained.Totals);
return drained.Complete ? 0 : 1;
