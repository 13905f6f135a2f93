using System.Collections;
using System.Runtime.InteropServices;

namespace NatsActors.Door;

/// <summary>
/// One message as it was read from its caller's objects. Payloads, headers and lists belong to callers, and reading them can run
/// any code: everything is read and checked here, before the lock of <see cref="GuardedBuffer"/> is taken.
/// </summary>
internal readonly ref struct Incoming
{
    public required string Subject { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>>? Headers { get; init; }

    public string? ReplyTo { get; init; }

    public string? Id { get; init; }

    public TimeSpan? TimeToLive { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>The atomic batch whose last message this is; null for a single message.</summary>
    public AtomicBatch? Batch { get; init; }

    /// <summary>Reads an atomic batch: one message of the buffer.</summary>
    public static Incoming Of(AtomicBatch batch) => new()
    {
        Subject = batch.Last.Subject,
        Payload = batch.Last.Payload.Span,
        Headers = batch.Last.Headers,
        Id = batch.Last.Id,
        TimeToLive = batch.TimeToLive,
        Batch = batch,
    };

    /// <summary>Reads a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="headers">The copy of its headers; null when nobody else has them.</param>
    public static Incoming Of(Publish message, HeaderCopy? headers) => new()
    {
        Subject = message.Subject,
        Payload = message.Payload.Span,
        Headers = headers ?? message.Headers,
        ReplyTo = message.ReplyTo,
        Id = message.Id,
        TimeToLive = message.TimeToLive,
        CorrelationId = message.CorrelationId,
    };
}

/// <summary>Copies of messages that nobody else can change or run code in.</summary>
internal static class OwnedMessage
{
    /// <summary>
    /// The message itself when nothing of it is foreign: its record is immutable, and a payload in an array runs no code. Headers
    /// are copied, and a payload in other memory too.
    /// </summary>
    public static Publish Of(Publish message)
    {
        var foreign = !MemoryMarshal.TryGetArray(message.Payload, out _);
        return message.Headers is null && !foreign
            ? message
            : message with
            {
                Headers = message.Headers is null ? null : [.. message.Headers],
                Payload = foreign ? message.Payload.ToArray() : message.Payload,
            };
    }

    /// <summary>What a message that waits holds: its texts, headers and payload, with the lengths that a frame adds.</summary>
    public static long WireBytes(Publish message)
    {
        const int Frame = 32;
        const int Header = 4;
        long size = Frame + Length(message.Subject) + Length(message.ReplyTo) + Length(message.Id) + Length(message.CorrelationId)
            + message.Payload.Length;
        for (var i = 0; i < (message.Headers?.Count ?? 0); i++)
        {
            size += Header + Length(message.Headers![i].Key) + Length(message.Headers[i].Value);
        }

        return size;
    }

    private static int Length(string? text) => text?.Length ?? 0;
}

/// <summary>
/// A copy of a message's headers, used again for the next message of the same thread. A header list that publishes while it is
/// read gets another copy.
/// </summary>
internal sealed class HeaderCopy : IReadOnlyList<KeyValuePair<string, string>>
{
    private const int MostKept = 64;

    [ThreadStatic]
    private static HeaderCopy? _free;

    private KeyValuePair<string, string>[] _headers = new KeyValuePair<string, string>[8];

    public int Count { get; private set; }

    public KeyValuePair<string, string> this[int index] => _headers[index];

    /// <summary>Reads the headers of a message; null for none.</summary>
    public static HeaderCopy? Of(IReadOnlyList<KeyValuePair<string, string>>? headers)
    {
        if (headers is null || headers.Count == 0)
        {
            return null;
        }

        var copy = _free ?? new HeaderCopy();
        _free = null;
        copy.Count = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            if (i == copy._headers.Length)
            {
                Array.Resize(ref copy._headers, i * 2);
            }

            copy._headers[i] = headers[i];
            copy.Count = i + 1;
        }

        return copy;
    }

    /// <summary>The copy is not needed any more.</summary>
    public void Free()
    {
        if (_headers.Length <= MostKept)
        {
            Array.Clear(_headers, 0, Count);
            _free = this;
        }
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _headers.Take(Count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
