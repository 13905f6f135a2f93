using System.Text;
using NatsActors.Buffer;

namespace NatsActors.Testing;

/// <summary>Makes batches for a link with an encoder of its own, so that the suite does not trust the one under test.</summary>
internal static class Batches
{
    /// <summary>A batch of the messages, numbered from <paramref name="first"/>.</summary>
    public static FrameBatch Of(long first, params IEnumerable<(string Subject, string Payload)> messages)
    {
        var text = new StringBuilder();
        var count = 0;
        foreach (var (subject, payload) in messages)
        {
            text.Append($"PUB {subject} {Encoding.UTF8.GetByteCount(payload)}\r\n{payload}\r\n");
            count++;
        }

        return Of(first, count, text.ToString());
    }

    /// <summary>One message with a reply-to and a message id, and another header line if one is given.</summary>
    public static FrameBatch Request(long sequence, string subject, string replyTo, string messageId, string payload, string? header = null)
    {
        var headers = $"NATS/1.0\r\nNats-Msg-Id: {messageId}\r\n{(header is null ? "" : header + "\r\n")}\r\n";
        return Of(
            sequence, 1, $"HPUB {subject} {replyTo} {headers.Length} {headers.Length + payload.Length}\r\n{headers}{payload}\r\n");
    }

    /// <summary>Numbered payloads under one subject.</summary>
    public static FrameBatch Numbered(string subject, long first, int count) =>
        Of(first, Enumerable.Range(0, count).Select(i => (subject, $"{first + i}")));

    private static FrameBatch Of(long first, int count, string text) =>
        new(Encoding.UTF8.GetBytes(text), first, first + count - 1, count);
}
