using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using NatsActors.Protocol;
using Xunit.Abstractions;

namespace NatsActors.Tests.Protocol;

/// <summary>
/// INFO and PubAcks as any server may write them: members in any order, unknown ones between them, escaped or not. A failure
/// prints the seed; the environment variable <c>NATSACTORS_TEST_SEED</c> repeats it.
/// </summary>
public sealed class JsonPropertyTests(ITestOutputHelper output)
{
    private const int Runs = 1000;

    private static readonly Gen<string> Text =
        from parts in Gen.Elements("a", "Z", "0", ".", " ", "\"", "\\", "/", "\t", "\r\n", "\u0000", "ü", "語", "😀", "</script>").ListOf()
        select string.Concat(parts.Take(50));

    private static readonly Gen<bool> Coin = Gen.Elements(true, false);

    private static readonly Gen<long> Positive = Gen.Frequency(
        (4, Gen.Choose(1, int.MaxValue).Select(n => (long)n)), (1, Gen.Elements(long.MaxValue, 1L << 53, (1L << 53) + 1)));

    private static readonly Gen<ServerInfo> Info =
        from texts in Text.ArrayOf(3)
        from payload in Positive
        from flags in Coin.ArrayOf(6)
        from urls in Text.ListOf()
        select new ServerInfo
        {
            ServerId = texts[0], Version = texts[1], Nonce = texts[2], MaxPayload = payload, ApiLevel = (int)(payload % 10), Headers = flags[0], JetStream = flags[1],
            AuthRequired = flags[2], TlsRequired = flags[3], TlsAvailable = flags[4], LameDuck = flags[5], ConnectUrls = [.. urls],
        };

    private static readonly Gen<PubAck> Ack =
        from stored in Coin
        from stream in Text.Where(text => text.Length > 0)
        from sequence in Positive
        from duplicate in Coin
        from code in Gen.Choose(0, 999)
        from errorCode in Gen.Choose(0, 20_000)
        from words in Text
        select stored
            ? new PubAck(12, stream, sequence, duplicate)
            : new PubAck(12, null, 0, false, code, errorCode, words, "S");

    private static readonly Gen<JsonNode?> Unknown = Gen.Elements(
        "null", "1", "-1.5e3", "\"x\"", "true", "[]", "{}", "[1,[2,{\"seq\":3}]]", "{\"stream\":\"no\",\"error\":{\"code\":1},\"server_id\":{\"a\":[null]}}")
        .Select(json => JsonNode.Parse(json));

    [Fact]
    public void INFO_says_what_the_server_wrote() => Holds(
        from info in Info from seed in Gen.Choose(0, int.MaxValue) from others in Unknown.ListOf() select (info, seed, others.ToList()),
        run =>
        {
            var (info, seed, others) = run;
            var json = Write(seed, others, new()
            {
                ["server_id"] = info.ServerId, ["version"] = info.Version, ["nonce"] = info.Nonce, ["max_payload"] = info.MaxPayload,
                ["headers"] = info.Headers, ["jetstream"] = info.JetStream, ["api_lvl"] = info.ApiLevel, ["auth_required"] = info.AuthRequired,
                ["tls_required"] = info.TlsRequired, ["tls_available"] = info.TlsAvailable, ["ldm"] = info.LameDuck,
                ["connect_urls"] = new JsonArray([.. info.ConnectUrls.Select(url => (JsonNode)url)]),
            });

            Assert.True(ServerInfoJson.TryParse(json, out var read), Encoding.UTF8.GetString(json));
            Assert.Equal(info.ConnectUrls, read.ConnectUrls);
            Assert.Equal(info, read with { ConnectUrls = info.ConnectUrls });
        });

    [Fact]
    public void A_PubAck_says_what_the_stream_wrote() => Holds(
        from ack in Ack from seed in Gen.Choose(0, int.MaxValue) from others in Unknown.ListOf() select (ack, seed, others.ToList()),
        run =>
        {
            var (ack, seed, others) = run;
            var json = Write(seed, others, ack.Stream is { } stream
                ? new() { ["stream"] = stream, ["seq"] = ack.StreamSequence, ["duplicate"] = ack.Duplicate }
                : new()
                {
                    ["stream"] = "S", ["seq"] = 0,
                    ["error"] = new JsonObject { ["code"] = ack.Code, ["err_code"] = ack.ErrorCode, ["description"] = ack.Error },
                });

            var printable = ack with { Error = ack.Error is null ? null : ServerErrors.Printable(ack.Error, 512) };
            Assert.Equal(printable, Read(json));
        });

    /// <summary>A piece of good JSON cut off anywhere, or with anything in front of it or behind, is no answer; it is never an exception.</summary>
    [Fact]
    public void Half_a_PubAck_is_no_PubAck_and_half_an_INFO_no_INFO() => Holds(
        from ack in Ack.Where(ack => ack.Stream is not null) from cut in Gen.Choose(0, 1_000_000) from tail in Gen.Elements("", "x", "}", "{}", "\0") select (ack, cut, tail),
        run =>
        {
            var (ack, cut, tail) = run;
            var json = Write(cut, [], new() { ["stream"] = ack.Stream, ["seq"] = ack.StreamSequence, ["headers"] = true });
            byte[] broken = tail.Length == 0 ? json[..(cut % json.Length)] : [.. json, .. Encoding.UTF8.GetBytes(tail)];

            Assert.Null(Read(broken).Stream);
            Assert.StartsWith("the answer is not a PubAck", Read(broken).Error, StringComparison.Ordinal);
            Assert.False(ServerInfoJson.TryParse(broken, out _));
        });

    [Fact]
    public void Any_text_at_all_is_sorted_without_an_exception() => Holds(
        ArbMap.Default.GeneratorFor<byte[]>(),
        bytes =>
        {
            ServerInfoJson.TryParse(bytes, out _);
            Assert.NotNull(Read(bytes).Error);
            var kind = ServerErrors.Classify(bytes, out var subject);
            Assert.Equal(kind == ServerErrorKind.PublishDenied, subject is not null);
        });

    private static byte[] Write(int seed, List<JsonNode?> others, Dictionary<string, JsonNode?> members)
    {
        for (var i = 0; i < others.Count; i++)
        {
            members[$"unknown_{i}"] = others[i]?.DeepClone();
        }

        var shuffled = members.ToArray();
        new Random(seed).Shuffle(shuffled);
        var options = new JsonSerializerOptions
        {
            WriteIndented = seed % 2 == 0,
            Encoder = seed % 3 == 0 ? System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping : null,
        };
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject(shuffled), options);
    }

    private static PubAck Read(byte[] json)
    {
        var message = new ServerMessage { Op = ServerOp.Message, Subject = "_I.a.12"u8, Payload = json };
        Assert.True(new PubAckReader("_I.a").TryRead(message, out var ack));
        return ack;
    }

    private void Holds<T>(Gen<T> cases, Action<T> property)
    {
        var seed = Environment.GetEnvironmentVariable("NATSACTORS_TEST_SEED") is { Length: > 0 } text
            ? ulong.Parse(text, CultureInfo.InvariantCulture)
            : (ulong)Random.Shared.NextInt64();
        output.WriteLine($"NATSACTORS_TEST_SEED={seed}");
        var config = Config.QuickThrowOnFailure.WithMaxTest(Runs).WithQuietOnSuccess(true).WithReplay(seed, 0x9E3779B97F4A7C15);
        Check.One(config, Prop.ForAll(Arb.From(cases), property));
    }
}
