namespace NatsActors.Benchmarks;

/// <summary>One caller of <c>TryPublish</c>, who waits for room when the buffer is full.</summary>
internal sealed class DirectDoor(string url) : EmbeddedWay(url)
{
    public override async Task RunAsync(Load load)
    {
        var published = 0;
        while (true)
        {
            var room = Room;
            published += PublishUntilRefused(load, load.Messages - published, out var refusal);
            if (published == load.Messages)
            {
                break;
            }

            await WaitAsync(refusal, room);
        }

        await FlushAsync(Publisher);
    }

    private int PublishUntilRefused(Load load, int count, out PublishReply? refusal)
    {
        refusal = null;
        var payload = load.Payload.Span;
        for (var i = 0; i < count; i++)
        {
            if (!Publisher.TryPublish(Load.Subject, payload, out refusal))
            {
                return i;
            }
        }

        return count;
    }
}
