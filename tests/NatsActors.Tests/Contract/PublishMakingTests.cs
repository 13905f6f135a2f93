using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NATS.Client.Core;

namespace NatsActors.Tests.Contract;

/// <summary>Messages from texts and objects, and headers from a dictionary.</summary>
public sealed partial class PublishMakingTests
{
    private static readonly Order Sample = new(7, "Zoë");

    [Fact]
    public void A_text_is_UTF_8()
    {
        var message = Publish.Text("s", "Zoë €");
        Assert.Equal(("s", "Zoë €"), (message.Subject, Text(message)));
        Assert.Throws<ArgumentNullException>(() => Publish.Text("s", null!));
    }

    [Fact]
    public void An_object_is_JSON_by_default_by_options_and_by_generated_code()
    {
        Assert.Equal("{\"Number\":7,\"Name\":\"Zo\\u00EB\"}", Text(Publish.Json("s", Sample)));
        Assert.Equal("{\"number\":7,\"name\":\"Zo\\u00EB\"}", Text(Publish.Json("s", Sample, JsonSerializerOptions.Web)));
        Assert.Equal("{\"Number\":7,\"Name\":\"Zo\\u00EB\"}", Text(Publish.Json("s", Sample, OrderJson.Default.Order)));
        Assert.Equal("null", Text(Publish.Json<Order?>("s", null)));
    }

    [Fact]
    public void Any_serializer_writes_the_payload_and_that_of_the_NATS_client_fits()
    {
        Assert.Equal("7", Text(Publish.From("s", Sample, (writer, order) => writer.Write(Encoding.UTF8.GetBytes($"{order.Number}")))));
        Assert.Equal("seven", Text(Publish.From("s", "seven", NatsUtf8PrimitivesSerializer<string>.Default.Serialize)));
        Assert.Equal(0, Publish.From("s", Sample, (_, _) => { }).Payload.Length);
        Assert.Throws<ArgumentNullException>(() => Publish.From<Order>("s", Sample, null!));
    }

    [Fact]
    public void A_serializer_that_throws_or_makes_another_message_spoils_no_payload()
    {
        Assert.Throws<FormatException>(() => Publish.From("s", Sample, (writer, _) =>
        {
            writer.Write("half"u8);
            throw new FormatException();
        }));
        Publish? inner = null;
        var outer = Publish.From("s", Sample, (writer, order) =>
        {
            writer.Write("outer "u8);
            inner = Publish.From("s", order, (other, _) => other.Write("inner"u8));
            writer.Write("end"u8);
        });
        var large = Publish.From("s", 100_000, (writer, size) => writer.Write(new byte[size]));

        Assert.Equal(("outer end", "inner", 100_000), (Text(outer), Text(inner!), large.Payload.Length));
        Assert.Equal("after", Text(Publish.From("s", "after", (writer, text) => writer.Write(Encoding.UTF8.GetBytes(text)))));
    }

    [Fact]
    public void Headers_of_a_dictionary_are_copied()
    {
        var headers = new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" };
        var message = (Publish.Text("s", "x") with { Headers = [new("Old", "0")] }).WithHeaders(headers);
        headers["A"] = "changed";

        Assert.Equal([new("A", "1"), new("B", "2")], message.Headers!);
        Assert.Throws<ArgumentNullException>(() => message.WithHeaders(null!));
    }

    private static string Text(Publish message) => Encoding.UTF8.GetString(message.Payload.Span);

    internal sealed record Order(int Number, string Name);

    [JsonSerializable(typeof(Order))]
    internal sealed partial class OrderJson : JsonSerializerContext;
}
