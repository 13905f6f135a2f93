using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace NatsActors.Protocol;

/// <summary>
/// Makes a <see cref="PubAck"/> of a message on the ack inbox. Any client with the right to publish there can answer; a service that
/// listens on the stream's subject does. An answer that is not a PubAck is therefore an error of its frame and not of the link.
/// See https://docs.nats.io/reference/reference-protocols/nats_api_reference#error-handling.
/// </summary>
internal sealed class PubAckReader
{
    private const int LongestError = 512;
    /// <summary>JSStreamDuplicateMessageConflict, as nats-server 2.12 and newer say it.</summary>
    public const int DuplicateInProcess = 10158;

    /// <summary>The code of <see cref="DuplicateInProcess"/>.</summary>
    public const int DuplicateConflict = 409;

    private readonly byte[] _prefix;

    // A publisher's messages go to few streams. Keeping the last name saves one string for each PubAck.
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

        ack = Read(message, sequence);
        return true;
    }

    private PubAck Read(in ServerMessage message, long sequence)
    {
        if (ReadStatus(message.Headers, sequence) is not { } status)
        {
            return ReadJson(message.Payload, sequence);
        }

        // A stream's flow control answers with both: a status line, and the error with its own code in the payload.
        var told = message.Payload.IsEmpty ? status : ReadJson(message.Payload, sequence);
        return told.ErrorCode == 0 ? status : told with { Code = told.Code == 0 ? status.Code : told.Code };
    }

    /// <summary>
    /// Reads the status line. <c>NATS/1.0 503</c> is the server's answer when no client listens on the subject. <c>NATS/1.0 429</c> is
    /// the answer of a stream that drops messages because they come faster than it stores them. Every status is a refusal.
    /// </summary>
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
                    return ack with { Stream = null, StreamSequence = 0, Duplicate = false, RefusedBy = ack.Stream };
                }

                if (ack.Stream is { Length: > 0 } && ack.StreamSequence > 0)
                {
                    return ack;
                }

                if (ack is { Stream.Length: > 0, StreamSequence: 0, Duplicate: true })
                {
                    // nats-server 2.10: a copy of the message is in process, and it is not certain that the stream will store that copy.
                    return new PubAck(sequence, null, 0, false, DuplicateConflict, DuplicateInProcess, "a copy of the message is in process");
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // The code below treats malformed JSON like JSON of another shape.
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
