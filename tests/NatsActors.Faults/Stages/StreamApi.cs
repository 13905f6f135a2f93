using System.Text.Json;
using System.Text.Json.Nodes;
using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>Who leads a stream, whether all of its replicas keep up, and what its leader holds.</summary>
internal sealed record StreamHealth(string? Leader, bool AllCurrent, long Messages, long LastSequence, long Deleted);

/// <summary>A stream of a run, through the server's API; each call on a connection of its own, since servers come and go.</summary>
internal sealed class StreamApi(Func<IEnumerable<NatsServer>> servers, int replicas, string name, params string[] subjects)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(3);

    public string Name => name;

    /// <summary>Creates the stream; tries until the servers have agreed on a leader.</summary>
    public async Task CreateAsync(TimeSpan timeout, long maxMessages = -1) => await Until.TrueAsync(
        async () => await TryCallAsync($"STREAM.CREATE.{name}", Config(maxMessages)) is not null, timeout, "the stream is created");

    /// <summary>
    /// Raises the number of messages that the stream takes; false when nobody took the request. Never to be lowered: below what
    /// the stream holds, the server would delete the oldest.
    /// </summary>
    public async Task<bool> RaiseAsync(long maxMessages) => await TryCallAsync($"STREAM.UPDATE.{name}", Config(maxMessages)) is not null;

    public async Task StepDownAsync() => await TryCallAsync($"STREAM.LEADER.STEPDOWN.{name}", null);

    public async Task<StreamHealth?> HealthAsync()
    {
        if (await TryCallAsync($"STREAM.INFO.{name}", null) is not { } info)
        {
            return null;
        }

        var state = info.GetProperty("state");
        var messages = state.GetProperty("messages").GetInt64();
        var last = state.GetProperty("last_seq").GetInt64();
        var deleted = state.TryGetProperty("num_deleted", out var holes) ? holes.GetInt64() : 0;
        if (!info.TryGetProperty("cluster", out var cluster))
        {
            return new StreamHealth(null, replicas == 1, messages, last, deleted);
        }

        var leader = cluster.TryGetProperty("leader", out var at) ? at.GetString() : null;
        var current = cluster.TryGetProperty("replicas", out var peers)
            && peers.GetArrayLength() == replicas - 1
            && peers.EnumerateArray().All(peer => peer.GetProperty("current").GetBoolean()
                && !(peer.TryGetProperty("offline", out var offline) && offline.GetBoolean()));
        return new StreamHealth(leader, leader is { Length: > 0 } && (replicas == 1 || current), messages, last, deleted);
    }

    private JsonObject Config(long maxMessages) => new()
    {
        ["name"] = name,
        ["subjects"] = new JsonArray([.. subjects.Select(subject => JsonValue.Create(subject))]),
        ["storage"] = "file",
        ["retention"] = "limits",
        ["discard"] = "new",
        ["max_msgs"] = maxMessages,
        ["num_replicas"] = replicas,
        ["duplicate_window"] = TimeSpan.FromMinutes(2).Ticks * 100,
    };

    /// <summary>The answer of the first server that gives one that is no error.</summary>
    private async Task<JsonElement?> TryCallAsync(string subject, JsonObject? request)
    {
        foreach (var server in servers())
        {
            try
            {
                await using var reader = await NatsReader.ConnectAsync(server.Port).WaitAsync(AnswerTimeout);
                var payload = request is null ? [] : JsonSerializer.SerializeToUtf8Bytes(request);
                var reply = await reader.RequestAsync($"$JS.API.{subject}", payload, AnswerTimeout);
                if (reply.Status == 0)
                {
                    var answer = JsonDocument.Parse(reply.Payload).RootElement;
                    if (!answer.TryGetProperty("error", out _))
                    {
                        return answer;
                    }
                }
            }
            catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException or TimeoutException)
            {
                // The next server may answer; so may this one when it is asked again.
            }
        }

        return null;
    }
}
