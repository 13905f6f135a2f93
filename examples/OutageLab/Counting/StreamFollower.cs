using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using OutageLab.Load;

namespace OutageLab.Counting;

/// <summary>
/// Reads one stream from its beginning, over a connection of its own that passes no proxy, and enters every message into the book of
/// its sender. The stream keeps its messages over a kill of the server, so the counts do not depend on who reconnects first.
/// </summary>
internal sealed partial class StreamFollower(NatsJSContext streams, string stream, NumberBook book, ILogger log)
{
    private const int MessagesPerFetch = 2_000;
    private static readonly TimeSpan FetchTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestFetch = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private ulong _position;
    private ulong _consumed;

    /// <summary>Follows the stream until the cancellation, through every outage of the server.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var retry = new PeriodicTimer(RetryInterval);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stop);
            }
            catch (Exception failure)
            {
                // Whatever ends a consumer, the counts go on with the next one: without its reader the lab would show nothing.
                if (!stop.IsCancellationRequested)
                {
                    LogReadAgain(log, failure, stream, _position + 1);
                    await retry.WaitForNextTickAsync(CancellationToken.None);
                }
            }
        }
    }

    /// <summary>Reads with one consumer until something fails; the next consumer begins behind the last message that was read.</summary>
    private async Task FollowAsync(CancellationToken stop)
    {
        using var creation = LimitedBy(LongestFetch, stop);
        var consumer = await streams.CreateConsumerAsync(stream, Consumer(), creation.Token);
        _consumed = 0;
        while (true)
        {
            using var limit = LimitedBy(LongestFetch, stop);
            var fetch = consumer.FetchAsync<byte[]>(
                new NatsJSFetchOpts { MaxMsgs = MessagesPerFetch, Expires = FetchTime }, cancellationToken: limit.Token);
            var before = _consumed;
            await foreach (var message in fetch)
            {
                Enter(message);
            }

            limit.Token.ThrowIfCancellationRequested();
            if (_consumed == before)
            {
                // A restart of the server takes the consumer along, and a fetch from a consumer that is gone only ends empty.
                await consumer.RefreshAsync(limit.Token);
            }
        }
    }

    private void Enter(INatsJSMsg<byte[]> message)
    {
        var sequence = message.Metadata?.Sequence ?? throw new InvalidDataException("a message without a stream sequence");
        if (sequence.Consumer != _consumed + 1)
        {
            throw new InvalidDataException($"the consumer skipped from {_consumed} to {sequence.Consumer}");
        }

        _consumed = sequence.Consumer;
        _position = sequence.Stream;
        if (NumberedPayload.TryRead(message.Data, out var number))
        {
            book.Arrive(number);
        }
    }

    private ConsumerConfig Consumer() => new()
    {
        DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence,
        OptStartSeq = _position + 1,
        AckPolicy = ConsumerConfigAckPolicy.None,
        MemStorage = true,
        NumReplicas = 1,
        InactiveThreshold = TimeSpan.FromSeconds(30),
    };

    private static CancellationTokenSource LimitedBy(TimeSpan time, CancellationToken stop)
    {
        var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(time);
        return limited;
    }

    [LoggerMessage(1, LogLevel.Debug, "{Stream}: the reader begins again at {Position}")]
    private static partial void LogReadAgain(ILogger log, Exception cause, string stream, ulong position);
}
