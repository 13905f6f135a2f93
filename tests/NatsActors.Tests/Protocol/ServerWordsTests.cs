using System.Text;
using NatsActors.Protocol;

namespace NatsActors.Tests.Protocol;

/// <summary>What is made of the server's words: -ERR, INFO and PubAcks.</summary>
public sealed class ServerWordsTests
{
    [Theory]
    [InlineData("Permissions Violation for Publish to \"a.b\"", "a.b")]
    [InlineData("permissions violation for publish to \"a.b\"", "a.b")]
    [InlineData("Permissions Violation for Publish with Reply of \"_I.a.1\"", "_I.a.1")]
    [InlineData("Permissions Violation for Publish to \"a\\\"b\\\\c\"", "a\"b\\c")]
    [InlineData("Permissions Violation for Publish to \"\\u00fc\\U0001f600\\xc3\\xbc\"", "ü😀ü")]
    [InlineData("Permissions Violation for Publish to \"Authorization\"", "Authorization")]
    [InlineData("Permissions Violation for Publish to \"\\\"", "\\")]
    [InlineData("Permissions Violation for Publish to ", "")]
    public void A_denied_publish_names_its_subject(string text, string expected)
    {
        Assert.Equal(ServerErrorKind.PublishDenied, ServerErrors.Classify(Encoding.UTF8.GetBytes(text), out var subject));
        Assert.Equal(expected, subject);
    }

    [Theory]
    [InlineData("Authorization Violation", nameof(ServerErrorKind.Authorization))]
    [InlineData("User Authentication Expired", nameof(ServerErrorKind.Authorization))]
    [InlineData("User Authentication Revoked", nameof(ServerErrorKind.Authorization))]
    [InlineData("Account Authentication Expired", nameof(ServerErrorKind.Authorization))]
    [InlineData("Permissions Violation for Subscription to \"Authorization.*\"", nameof(ServerErrorKind.Fatal))]
    [InlineData("Authentication Timeout", nameof(ServerErrorKind.Fatal))]
    [InlineData("Maximum Connections Exceeded", nameof(ServerErrorKind.Fatal))]
    [InlineData("Maximum Payload Violation", nameof(ServerErrorKind.Fatal))]
    [InlineData("Stale Connection", nameof(ServerErrorKind.Fatal))]
    [InlineData("", nameof(ServerErrorKind.Fatal))]
    [InlineData("Invalid Subject", nameof(ServerErrorKind.Harmless))]
    [InlineData("Invalid Publish Subject", nameof(ServerErrorKind.Harmless))]
    public void Errors_are_sorted_by_what_they_mean_for_the_link(string text, string kind)
    {
        Assert.Equal(kind, ServerErrors.Classify(Encoding.UTF8.GetBytes(text), out var subject).ToString());
        Assert.Null(subject);
    }

    [Fact]
    public void INFO_is_read_whatever_else_it_holds()
    {
        const string json = """
            {"server_id":"ID","x":{"headers":[{"server_id":"no"}]},"version":"2.9.10","max_payload":42,"headers":true,"jetstream":true,"api_lvl":5,
            "auth_required":true,"tls_required":true,"tls_available":true,"ldm":true,"nonce":"n","connect_urls":["a:1","[::1]:2"],"y":[1]}
            """;

        Assert.True(ServerInfoJson.TryParse(Encoding.UTF8.GetBytes(json), out var info));

        Assert.Equal(("ID", "2.9.10", 42, "n"), (info.ServerId, info.Version, info.MaxPayload, info.Nonce));
        Assert.True(info is { ApiLevel: 5, Headers: true, JetStream: true, AuthRequired: true, TlsRequired: true, TlsAvailable: true, LameDuck: true });
        Assert.Equal(["a:1", "[::1]:2"], info.ConnectUrls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{\"headers\":1}")]
    [InlineData("{\"server_id\":5}")]
    [InlineData("{\"max_payload\":\"a\"}")]
    [InlineData("{\"api_lvl\":\"a\"}")]
    [InlineData("{\"max_payload\":99999999999999999999}")]
    [InlineData("{\"connect_urls\":{}}")]
    [InlineData("{\"connect_urls\":[1]}")]
    [InlineData("{\"server_id\":\"\\uD800\"}")]
    [InlineData("{\"server_id\"")]
    public void Malformed_INFO_is_told(string json) => Assert.False(ServerInfoJson.TryParse(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public void A_hostile_list_of_servers_is_cut()
    {
        var json = "{\"connect_urls\":[" + string.Join(',', Enumerable.Repeat("\"a:1\"", 50_000)) + "]}";

        Assert.True(ServerInfoJson.TryParse(Encoding.UTF8.GetBytes(json), out var info));
        Assert.Equal(1000, info.ConnectUrls.Count);
    }

    [Theory]
    [InlineData("{\"stream\":\"S\",\"seq\":7}", "", "S", 7, false, 0, 0, null)]
    [InlineData("{\"stream\":\"S\", \"seq\":0,\"duplicate\": true}", "", null, 0, false, 409, 10158, "a copy of the message is in process")]
    [InlineData("{\"type\":\"x\",\"stream\":\"S\", \"domain\":\"d\",\"duplicate\":true,\"seq\":7}", "", "S", 7, true, 0, 0, null)]
    [InlineData("{\"error\":{\"code\":503,\"err_code\":10077,\"description\":\"full\"},\"stream\":\"S\",\"seq\":0}", "", null, 0, false, 503, 10077, "full")]
    [InlineData("{\"error\":{}}", "", null, 0, false, 0, 0, "the stream gave no reason")]
    [InlineData("", "NATS/1.0 503\r\n\r\n", null, 0, false, 503, 0, "no responders: no stream listens on the subject")]
    [InlineData("", "NATS/1.0 408 Request Timeout\r\n\r\n", null, 0, false, 408, 0, "Request Timeout")]
    [InlineData("{\"error\":{\"code\":429,\"err_code\":10167,\"description\":\"too many requests\"},\"stream\":\"S\",\"seq\":0}", "NATS/1.0 429 Too Many Requests\r\n\r\n", null, 0, false, 429, 10167, "too many requests")]
    [InlineData("{\"error\":{\"err_code\":10167,\"description\":\"x\"}}", "NATS/1.0 429\r\n\r\n", null, 0, false, 429, 10167, "x")]
    [InlineData("not JSON", "NATS/1.0 429 Too Many Requests\r\n\r\n", null, 0, false, 429, 0, "Too Many Requests")]
    [InlineData("{\"stream\":\"S\",\"seq\":7}", "NATS/1.0 429 Too Many Requests\r\n\r\n", null, 0, false, 429, 0, "Too Many Requests")]
    [InlineData("{\"stream\":\"S\",\"seq\":7}", "NATS/1.0\r\nA: 1\r\n\r\n", "S", 7, false, 0, 0, null)]
    public void PubAcks_and_refusals(
        string json, string headers, string? stream, long streamSequence, bool duplicate, int code, int errorCode, string? error) =>
        Assert.Equal(
            new PubAck(12, stream, streamSequence, duplicate, code, errorCode, error), Ack("_I.a.12", json, headers)!.Value with { RefusedBy = null });

    [Fact]
    public void A_refusal_names_its_stream_and_an_answer_without_a_stream_names_none()
    {
        const string refusal = """{"error":{"code":400,"err_code":10201,"description":"x"},"stream":"S","seq":0}""";

        Assert.Equal(new PubAck(12, null, 0, false, 400, 10201, "x", "S"), Ack("_I.a.12", refusal, ""));
        Assert.Null(Ack("_I.a.12", """{"error":{"code":503}}""", "")!.Value.RefusedBy);
        Assert.Null(Ack("_I.a.12", """{"stream":"S","seq":7}""", "")!.Value.RefusedBy);
    }

    [Theory]
    [InlineData("OK")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"stream\":\"S\"}")]
    [InlineData("{\"stream\":5,\"seq\":7}")]
    [InlineData("{\"stream\":\"S\",\"seq\":-7}")]
    [InlineData("{\"stream\":\"S\",\"seq\":7")]
    [InlineData("{\"error\":\"x\"}")]
    public void An_answer_that_is_no_PubAck_is_an_error_of_its_frame(string json)
    {
        var ack = Ack("_I.a.12", json, "");

        Assert.Null(ack!.Value.Stream);
        Assert.StartsWith("the answer is not a PubAck", ack.Value.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("_I.a")]
    [InlineData("_I.a.")]
    [InlineData("_I.a.x")]
    [InlineData("_I.a.-1")]
    [InlineData("_I.a.0")]
    [InlineData("_I.a.1.2")]
    [InlineData("_I.b.1")]
    [InlineData("_I.a.99999999999999999999")]
    public void A_message_that_is_addressed_to_no_frame_is_skipped(string subject) => Assert.Null(Ack(subject, "{}", ""));

    private static PubAck? Ack(string subject, string json, string headers)
    {
        var message = new ServerMessage
        {
            Op = ServerOp.Message,
            Subject = Encoding.UTF8.GetBytes(subject),
            Headers = Encoding.UTF8.GetBytes(headers),
            Payload = Encoding.UTF8.GetBytes(json),
        };
        return new PubAckReader("_I.a").TryRead(message, out var ack) ? ack : null;
    }
}
