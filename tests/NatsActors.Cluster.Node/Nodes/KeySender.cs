using Akka.Actor;

namespace NatsActors.Cluster.Nodes;

/// <summary>
/// Publishes numbered messages to one key, each until it is answered with an Ack, as a sender has to where messages are delivered at
/// most once. One message at a time, so that the order of a key is known.
/// </summary>
internal sealed class KeySender(string sender, string key, Func<Publish, object> envelope, IActorRef desk, NodeRecord record)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Publishes until it is stopped; the message that is under way is published to its end.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var pause = new PeriodicTimer(Pause);
        for (var number = 1; !stop.IsCancellationRequested; number++)
        {
            var stamp = new Stamp(sender, key, number);
            var message = envelope(stamp.ToMessage());
            while (await AskAsync(stamp, message) is not Ack)
            {
                await pause.WaitForNextTickAsync(CancellationToken.None);
            }

            record.Acked(stamp);
            await pause.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task<PublishReply?> AskAsync(Stamp stamp, object message)
    {
        var request = new KeyDesk.Request(stamp, message);
        desk.Tell(request);
        try
        {
            return await request.Reply.Task.WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
