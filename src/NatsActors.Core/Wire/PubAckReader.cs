using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace NatsActors.Wire;

/// <summary>
/// Makes a <see cref="PubAck"/> of a message on the ack inbox. Whoever may publish to the inbox can answer there (a service
/// that listens on the stream's subject does), so an answer that is no PubAck is an error of that frame and not of the link.
/// See https://docs.nats.io/reference/reference-protocols/nats_api_reference#error-handling.
/// </summary>
internal sealed class PubAckReader
{
    private const int LongestError = 512;
    private readonly byte[] _prefix;

    // A publisher's messages go to few streams: one string for the last name saves one for each PubAck.
    private string _lastStream = "";

    public PubAckReader(string ackInbox)
    {
        _prefix = Encoding.UTF8.GetBytes(ackInbox + ".");
    }

    /// <summary>False when the message is not addressed to a frame.</summary>
    public bool TryRead(in ServerMessage message, out PubAck ack)
    {
        ack = default;
        if (!message.Subject.StartsWith(_prefix))
        {
            return false;
        }

        var token = message.Subject[_prefix.Length..];
        if (!Utf8Parser.TryParse(token, out long sequence, out var used) || used != token.Length || sequence <= 0)
        {
            return false;
        }

        ack = ReadStatus(message.Headers, sequence) ?? ReadJson(message.Payload, sequence);
        return true;
    }

    /// <summary>The status line <c>NATS/1.0 503</c>: the server itself answers that nobody listens on the subject.</summary>
    private static PubAck? ReadStatus(ReadOnlySpan<byte> headers, long sequence)
    {
        var version = "NATS/1.0 "u8;
        if (!headers.StartsWith(version))
        {
            return null;
        }

        var status = headers[version.Length..];
        if (!Utf8Parser.TryParse(status, out int code, out var used) || code is < 100 or > 999)
        {
            return null;
        }

        var end = status.IndexOfAny((byte)'\r', (byte)'\n');
        var words = end > used ? ProtocolReader.Printable(status[used..end].Trim((byte)' ')) : "";
        if (words.Length == 0)
        {
            words = code == 503 ? "no responders: no stream listens on the subject" : $"status {code}";
        }

        return new PubAck(sequence, null, 0, false, code, 0, words);
    }

    private PubAck ReadJson(ReadOnlySpan<byte> json, long sequence)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                var ack = new PubAck(sequence, null, 0, false);
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    ack = ReadMember(ref reader, ack);
                }

                if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
                {
                    throw new JsonException();
                }

                if (ack.Error is not null || ack.Code != 0)
                {
                    return ack with { Stream = null, StreamSequence = 0, Duplicate = false };
                }

                if (ack.Stream is { Length: > 0 } && ack.StreamSequence > 0)
                {
                    return ack;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // Answered below: the same as JSON of another shape.
        }

        return new PubAck(sequence, null, 0, false, Error: $"the answer is not a PubAck: \"{ProtocolReader.Printable(json)}\"");
    }

    private PubAck ReadMember(ref Utf8JsonReader reader, PubAck ack)
    {
        if (reader.ValueTextEquals("stream"u8))
        {
            reader.Read();
            return ack with { Stream = StreamName(ref reader) };
        }

        if (reader.ValueTextEquals("seq"u8))
        {
            reader.Read();
            return ack with { StreamSequence = reader.GetInt64() };
        }

        if (reader.ValueTextEquals("duplicate"u8))
        {
            reader.Read();
            return ack with { Duplicate = reader.GetBoolean() };
        }

        if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            return ReadError(ref reader, ack);
        }

        reader.Read();
        reader.Skip();
        return ack;
    }

    private static PubAck ReadError(ref Utf8JsonReader reader, PubAck ack)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        ack = ack with { Error = "the stream gave no reason" };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("code"u8))
            {
                reader.Read();
                ack = ack with { Code = reader.GetInt32() };
            }
            else if (reader.ValueTextEquals("err_code"u8))
            {
                reader.Read();
                ack = ack with { ErrorCode = reader.GetInt32() };
            }
            else if (reader.ValueTextEquals("description"u8))
            {
                reader.Read();
                ack = ack with { Error = ServerErrors.Printable(reader.GetString() ?? "", LongestError) };
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return ack;
    }

    private string? StreamName(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(_lastStream))
        {
            return _lastStream;
        }

        return reader.GetString() is { } name ? _lastStream = name : null;
    }
}
