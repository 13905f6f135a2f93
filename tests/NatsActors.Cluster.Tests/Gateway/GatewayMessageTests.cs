using System.Runtime.Serialization;
using Akka.Actor;
using Google.Protobuf;
using NatsActors.Buffer;
using NatsActors.Cluster.Gateway;
using NatsActors.Protocol;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>Every message through the serializer that the package's reference.conf registers.</summary>
public sealed class GatewayMessageTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("messages", NatsGateway.DefaultConfig());

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name).Distinct()];

    private static ServerInfo Info => new()
    {
        ServerId = "ID", Version = "2.15.0", MaxPayload = 8_000_000, Headers = true, ApiLevel = 2, JetStream = true, LameDuck = true, ConnectUrls = [],
        MaxBatch = 20_000_000,
    };

    private static IEnumerable<IGatewayMessage> Samples =>
    [
        new Open(ulong.MaxValue, new(3, 2), 7, "orders", "_INBOX.x", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20), 125_952),
        new Open(1, new(1, 1), 1, "lone \ud800", null, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), 1),
        new Opened(5, 2, 64_000),
        new Refused(5, new(2, 1), Refusal.Sessions, "full"),
        new Ping(1),
        new Close(2),
        new Taken(3, 9),
        new SessionUp(4, 9, "nats://127.0.0.1:4222", Info),
        new InfoChanged(5, 9, Info, HasAlternative: true),
        new GatewayLeaving(6, 9),
        new Written(7, 9, long.MaxValue),
        new Denied(8, 9, ["a", "b \udc00"]),
        new Confirmed(9, 9, 1, TimeSpan.FromTicks(12)),
        new Confirmed(9, 9, 1, null),
        new PubAcks(10, 9, [new PubAck(1, "S", 5, true), new PubAck(2, null, 0, false, 503, 10077, "full", "S")]),
        new SessionLost(11, 9, LinkLossKind.Tls, "why"),
    ];

    public void Dispose() => _system.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_message_comes_out_as_it_went_in(string name) =>
        Assert.All(Samples.Where(sample => sample.GetType().Name == name), sample => Assert.Equivalent(sample, RoundTrip(sample), strict: true));

    [Fact]
    public void Every_message_has_a_sample() => Assert.Equal(
        typeof(IGatewayMessage).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(IGatewayMessage)) && type != typeof(Chunk))
            .Select(type => type.Name).Order(),
        Samples.Select(sample => sample.GetType().Name).Distinct().Order());

    [Theory]
    [InlineData(0, 3)]
    [InlineData(100, 0)]
    [InlineData(127, 127)]
    [InlineData(128, 128)]
    [InlineData(65_536, 70_000)]
    public void A_piece_comes_out_as_it_went_in(int batchBytes, int bytes)
    {
        byte[] data = [.. Enumerable.Range(0, bytes).Select(i => (byte)i)];
        FrameBatch? batch = batchBytes == 0 ? null : new FrameBatch(new byte[batchBytes], 5, long.MaxValue, 6);

        var chunk = (Chunk)RoundTrip(Chunk.Of(long.MaxValue, batch, data));

        Assert.Equal(long.MaxValue, chunk.Number);
        Assert.Equal(data, chunk.Data.ToArray());
        Assert.Equal(batchBytes, chunk.BatchBytes);
        Assert.Equal(batch is null ? default : new FrameBatch(default, 5, long.MaxValue, 6), chunk.Batch);
        Assert.InRange(chunk.Wire.Length - bytes, 1, Chunk.MaxHeaderBytes);
    }

    [Fact]
    public void A_piece_is_what_the_protocol_file_says()
    {
        var wire = NatsActors.Cluster.Gateway.Wire.ChunkWire.Parser.ParseFrom(Chunk.Of(3, new FrameBatch(new byte[9], 1, 2, 2), "abc"u8).Wire);

        Assert.Equal((3L, 9, 1L, 2L, 2, "abc"), (wire.Number, wire.BatchBytes, wire.FirstSequence, wire.LastSequence, wire.Messages, wire.Data.ToStringUtf8()));
    }

    [Fact]
    public void Fields_of_a_newer_version_are_ignored()
    {
        byte[] unknown = [0xA2, 0x06, 0x02, 1, 2, 0xA8, 0x06, 5];
        byte[] ping = [.. unknown, .. _system.Serialization.FindSerializerForType(typeof(Ping)).ToBinary(new Ping(7))];
        byte[] chunk = [.. unknown, .. Chunk.Of(7, null, "x"u8).Wire, .. unknown];

        Assert.Equal(new Ping(7), _system.Serialization.Deserialize(ping, 735, "p"));
        Assert.Equal("x"u8.ToArray(), ((Chunk)_system.Serialization.Deserialize(chunk, 735, "c")).Data.ToArray());
    }

    [Theory]
    [InlineData("c", new byte[] { 0x7A, 0x05, 1 })]
    [InlineData("c", new byte[] { 0x7A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData("c", new byte[] { 0xFF })]
    [InlineData("p", new byte[] { 0x08 })]
    [InlineData("newer", new byte[] { })]
    public void What_cannot_be_read_is_an_error_of_serialization(string manifest, byte[] bytes) =>
        Assert.Throws<SerializationException>(() => _system.Serialization.Deserialize(bytes, 735, manifest));

    private IGatewayMessage RoundTrip(IGatewayMessage message)
    {
        var serializer = (Akka.Serialization.SerializerWithStringManifest)_system.Serialization.FindSerializerFor(message);
        return (IGatewayMessage)serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message));
    }
}
