using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace NatsActors.Testing;

/// <summary>
/// JetStream streams through the server's own API subjects
/// (https://docs.nats.io/reference/reference-protocols/nats_api_reference).
/// </summary>
public sealed class StreamAdmin(NatsReader reader)
{
    private const int MostIdle = 10;
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);

    /// <summary>Creates a stream with file storage and without limits, unless some are given.</summary>
    public Task CreateAsync(
        string name, IReadOnlyList<string> subjects, TimeSpan? duplicateWindow = null, long maxMessages = -1, int maxMessageSize = -1,
        bool allowAtomic = false, int replicas = 1)
    {
        var config = new JsonObject
        {
            ["name"] = name,
            ["subjects"] = new JsonArray([.. subjects.Select(subject => JsonValue.Create(subject))]),
            ["storage"] = "file",
            ["retention"] = "limits",
            ["discard"] = "new",
            ["max_msgs"] = maxMessages,
            ["max_msg_size"] = maxMessageSize,
            ["num_replicas"] = replicas,
        };
        if (duplicateWindow is { } window)
        {
            config["duplicate_window"] = Nanoseconds(window);
        }

        if (allowAtomic)
        {
            // Servers before 2.12 do not know the member.
            config["allow_atomic"] = true;
        }

        return CallAsync($"STREAM.CREATE.{name}", config);
    }

    /// <summary>Deletes a stream.</summary>
    public Task DeleteAsync(string name) => CallAsync($"STREAM.DELETE.{name}", null);

    /// <summary>What the stream holds.</summary>
    public async Task<StreamState> InfoAsync(string name)
    {
        var info = await CallAsync($"STREAM.INFO.{name}", null);
        var state = info.GetProperty("state");
        return new StreamState(
            state.GetProperty("messages").GetInt64(), state.GetProperty("first_seq").GetInt64(), state.GetProperty("last_seq").GetInt64());
    }

    /// <summary>All messages of a stream, in its order.</summary>
    public async IAsyncEnumerable<StoredMessage> ReadAllAsync(
        string name, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var copy = await OpenAsync(name);
        await foreach (var message in copy.Messages.WithCancellation(cancellation))
        {
            yield return message;
        }
    }

    /// <summary>
    /// A copy of a stream, to be read once, through an ephemeral push consumer without acks and with flow control. Of a stream with
    /// replicas the servers choose the one that is read. A gap in the consumer's own sequence, or silence, is an exception: the
    /// account would not be complete.
    /// </summary>
    public async Task<StreamCopy> OpenAsync(string name)
    {
        var pushed = Channel.CreateUnbounded<ReceivedMessage>(new UnboundedChannelOptions { SingleReader = true });
        var inbox = $"_INBOX.stream.{Guid.NewGuid():N}";
        await reader.SubscribeAsync(inbox, message => pushed.Writer.TryWrite(message));
        var created = await CallAsync($"CONSUMER.CREATE.{name}", new JsonObject { ["stream_name"] = name, ["config"] = ConsumerTo(inbox) });
        var node = created.TryGetProperty("cluster", out var cluster) && cluster.TryGetProperty("leader", out var leader) ? leader.GetString() : null;
        // Some of them may have been pushed by the time of the answer.
        var total = created.GetProperty("num_pending").GetInt64() + created.GetProperty("delivered").GetProperty("consumer_seq").GetInt64();
        return new StreamCopy(node, total, ReadAsync(name, pushed.Reader, total));
    }

    private async IAsyncEnumerable<StoredMessage> ReadAsync(
        string name, ChannelReader<ReceivedMessage> pushed, long total, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var idle = 0;
        for (long expected = 1; expected <= total;)
        {
            var message = await NextAsync(pushed, cancellation);
            if (message.Status != 0)
            {
                await AnswerFlowControlAsync(message);
                idle++;
                if (idle > MostIdle)
                {
                    throw new TimeoutException($"The consumer of {name} fell silent after {expected - 1} of {total} messages.");
                }

                continue;
            }

            idle = 0;
            // $JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>
            var fields = message.ReplyTo!.Split('.');
            if (long.Parse(fields[6], CultureInfo.InvariantCulture) != expected)
            {
                throw new InvalidDataException($"The consumer of {name} skipped from {expected} to {fields[6]}.");
            }

            expected++;
            yield return new StoredMessage(
                long.Parse(fields[5], CultureInfo.InvariantCulture), message.Subject, message.Payload, message.Headers);
        }
    }

    private static JsonObject ConsumerTo(string inbox) => new()
    {
        ["deliver_subject"] = inbox,
        ["deliver_policy"] = "all",
        ["ack_policy"] = "none",
        ["replay_policy"] = "instant",
        ["flow_control"] = true,
        ["idle_heartbeat"] = Nanoseconds(Heartbeat),
        ["mem_storage"] = true,
    };

    private static async Task<ReceivedMessage> NextAsync(ChannelReader<ReceivedMessage> pushed, CancellationToken cancellation)
    {
        if (pushed.TryRead(out var message))
        {
            return message;
        }

        return await pushed.ReadAsync(cancellation).AsTask().WaitAsync(SilenceTimeout, TimeProvider.System, cancellation);
    }

    private async Task AnswerFlowControlAsync(ReceivedMessage status)
    {
        var stalled = status.Headers.FirstOrDefault(header => header.Key == "Nats-Consumer-Stalled").Value;
        if ((status.ReplyTo ?? stalled) is { } subject)
        {
            await reader.PublishAsync(subject, ReadOnlyMemory<byte>.Empty);
        }
    }

    private async Task<JsonElement> CallAsync(string subject, JsonObject? request)
    {
        var payload = request is null ? [] : JsonSerializer.SerializeToUtf8Bytes(request);
        var reply = await reader.RequestAsync($"$JS.API.{subject}", payload);
        if (reply.Status != 0)
        {
            throw new InvalidOperationException($"{subject}: status {reply.Status}; is JetStream on?");
        }

        var answer = JsonDocument.Parse(reply.Payload).RootElement;
        return answer.TryGetProperty("error", out var error)
            ? throw new InvalidOperationException($"{subject}: {error}")
            : answer;
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * 100;
}
