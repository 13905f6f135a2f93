using System.Text.Json;
using NatsActors;

namespace Outbox;

/// <summary>A message in the database. It is written in the transaction of what it tells, and deleted when the stream has it.</summary>
internal sealed class OutboxRow
{
    /// <summary>
    /// The place in the order in which rows leave; given by the database. SQLite has one writer at a time, so a later commit has a
    /// higher place. A database with parallel writers gives places before the commit: of two transactions that overlap the second
    /// may commit first, and then leaves first.
    /// </summary>
    public long Position { get; private set; }

    /// <summary>The <c>Nats-Msg-Id</c>. It is fixed with the commit, so the stream knows the row again whoever sends it, and how often.</summary>
    public required Guid Id { get; init; }

    public required string Subject { get; init; }

    public required byte[] Payload { get; init; }

    /// <summary>The headers as a JSON object.</summary>
    public string Headers { get; init; } = "{}";

    /// <summary>
    /// Why the row will not be sent again; null for a row that waits. When the cause is mended, null sends the row again:
    /// <c>UPDATE Outbox SET Failure = NULL</c>.
    /// </summary>
    public string? Failure { get; private set; }

    /// <summary>Makes the row of a message, with an id of its own.</summary>
    public static OutboxRow Json<T>(string subject, T value, IReadOnlyDictionary<string, string>? headers = null) => new()
    {
        Id = Guid.NewGuid(),
        Subject = subject,
        Payload = JsonSerializer.SerializeToUtf8Bytes(value),
        Headers = JsonSerializer.Serialize(headers ?? new Dictionary<string, string>()),
    };

    /// <summary>The message of the row.</summary>
    public Publish ToPublish() =>
        new Publish(Subject, Payload) { Id = $"{Id}" }.WithHeaders(JsonSerializer.Deserialize<Dictionary<string, string>>(Headers)!);
}
