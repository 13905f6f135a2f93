using System.Text.Json;

namespace NatsActors.Protocol;

/// <summary>Reads the JSON of INFO. Unknown members are skipped. A known member of the wrong type makes the whole INFO malformed.</summary>
internal static class ServerInfoJson
{
    /// <summary>The largest number of servers that are kept: more than any cluster announces.</summary>
    public const int MaxUrls = 1000;

    private const int MaxText = 1024;

    public static bool TryParse(ReadOnlySpan<byte> json, out ServerInfo info)
    {
        info = new ServerInfo();
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                info = ReadMember(ref reader, info);
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private static ServerInfo ReadMember(ref Utf8JsonReader reader, ServerInfo info)
    {
        if (reader.ValueTextEquals("server_id"u8))
        {
            return info with { ServerId = Text(ref reader) ?? "" };
        }

        if (reader.ValueTextEquals("version"u8))
        {
            return info with { Version = Text(ref reader) ?? "" };
        }

        if (reader.ValueTextEquals("nonce"u8))
        {
            return info with { Nonce = Text(ref reader) };
        }

        if (reader.ValueTextEquals("max_payload"u8))
        {
            // A limit of zero would end every message in the buffer as too large for this server.
            reader.Read();
            return info with { MaxPayload = reader.GetInt64() is > 0 and var size ? size : throw new JsonException() };
        }

        if (reader.ValueTextEquals("api_lvl"u8))
        {
            reader.Read();
            return info with { ApiLevel = reader.GetInt32() };
        }

        return reader.ValueTextEquals("connect_urls"u8)
            ? info with { ConnectUrls = Texts(ref reader) }
            : ReadFlag(ref reader, info);
    }

    private static ServerInfo ReadFlag(ref Utf8JsonReader reader, ServerInfo info)
    {
        if (reader.ValueTextEquals("headers"u8))
        {
            return info with { Headers = Flag(ref reader) };
        }

        if (reader.ValueTextEquals("jetstream"u8))
        {
            return info with { JetStream = Flag(ref reader) };
        }

        if (reader.ValueTextEquals("auth_required"u8))
        {
            return info with { AuthRequired = Flag(ref reader) };
        }

        if (reader.ValueTextEquals("tls_required"u8))
        {
            return info with { TlsRequired = Flag(ref reader) };
        }

        if (reader.ValueTextEquals("tls_available"u8))
        {
            return info with { TlsAvailable = Flag(ref reader) };
        }

        if (reader.ValueTextEquals("ldm"u8))
        {
            return info with { LameDuck = Flag(ref reader) };
        }

        reader.Read();
        reader.Skip();
        return info;
    }

    private static bool Flag(ref Utf8JsonReader reader) => reader.Read() && reader.GetBoolean();

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueSpan.Length > MaxText ? throw new JsonException() : reader.GetString();
    }

    private static List<string> Texts(ref Utf8JsonReader reader)
    {
        var texts = new List<string>();
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return texts;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException();
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (texts.Count < MaxUrls && reader.ValueSpan.Length <= MaxText && reader.GetString() is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }
}
