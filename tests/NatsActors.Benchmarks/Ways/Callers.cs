namespace NatsActors.Benchmarks;

/// <summary>Callers side by side, each of whom awaits every <c>PublishAsync</c> before the next.</summary>
internal sealed class Callers(string url) : EmbeddedWay(url)
{
    public const int Count = 4;

    public override async Task RunAsync(Load load)
    {
        await Task.WhenAll(Enumerable.Range(0, Count).Select(
            caller => Task.Run(() => PublishAsync(load, (load.Messages / Count) + (caller < load.Messages % Count ? 1 : 0)))));
        await FlushAsync(Publisher);
    }

    private async Task PublishAsync(Load load, int count)
    {
        var room = Room;
        for (var published = 0; published < count;)
        {
            var reply = await Publisher.PublishAsync(Load.Subject, load.Payload);
            if (reply is Ack)
            {
                published++;
                continue;
            }

            await WaitAsync(reply, room);
            room = Room;
        }
    }
}
