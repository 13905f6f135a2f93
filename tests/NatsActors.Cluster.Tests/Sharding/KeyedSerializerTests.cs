using System.Runtime.Serialization;
using Google.Protobuf;
using NatsActors.Cluster.Sharding;
using NatsActors.Cluster.Sharding.Wire;
using NatsActors.Cluster.Tests.Gateway;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>What crosses between the regions of two nodes, also of nodes of two versions.</summary>
public sealed class KeyedSerializerTests : IAsyncLifetime
{
    // A field that no version has had so far: number 99, with text.
    private static readonly byte[] NewerField = [0x9A, 0x06, 0x03, (byte)'n', (byte)'e', (byte)'w'];

    private Node _node = null!;
    private KeyedSerializer _serializer = null!;

    public Task InitializeAsync()
    {
        _node = Node.Start("akka.remote.dot-netty.tcp.maximum-frame-size = 128000b");
        ShardedNatsPublishers.Get(_node.System);
        _serializer = (KeyedSerializer)_node.System.Serialization.FindSerializerFor(new KeyedStatus("k"));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public void Every_message_crosses_with_its_key()
    {
        var publish = Publish.Text("a.b", "text") with { Id = "1", CorrelationId = "c", WantsOutcome = true };
        var read = Assert.IsType<KeyedPublish>(Cross(new KeyedPublish("key", publish), "k.p"));
        Assert.Equal(("key", "a.b", "1", "c", true), (read.Key, read.Message.Subject, read.Message.Id, read.Message.CorrelationId, read.Message.WantsOutcome));
        Assert.Equal(publish.Payload.ToArray(), read.Message.Payload.ToArray());
        Assert.Equal(2, Assert.IsType<KeyedBatch>(Cross(new KeyedBatch("key", new PublishBatch([publish, publish])), "k.pb")).Batch.Messages.Count);
        Assert.Equal(new KeyedStatus("key"), Cross(new KeyedStatus("key"), "k.gs"));
        Assert.Equal(new KeyedFlush("key", TimeSpan.FromSeconds(3)), Cross(new KeyedFlush("key", TimeSpan.FromSeconds(3)), "k.f"));
    }

    [Fact]
    public void Unknown_fields_of_a_newer_version_are_left_alone()
    {
        var publish = _serializer.ToBinary(new KeyedPublish("key", Publish.Text("a", "b")));
        var outer = Assert.IsType<KeyedPublish>(_serializer.FromBinary([.. publish, .. NewerField], "k.p"));
        Assert.Equal("a", outer.Message.Subject);

        var wire = KeyedWire.Parser.ParseFrom(publish);
        wire.Message = ByteString.CopyFrom([.. wire.Message.Span, .. NewerField]);
        Assert.Equal("a", Assert.IsType<KeyedPublish>(_serializer.FromBinary(wire.ToByteArray(), "k.p")).Message.Subject);
    }

    [Theory]
    [InlineData("k.zz")]
    [InlineData("newer")]
    [InlineData("k.d")]
    public void A_message_of_a_newer_version_keeps_its_key_and_its_bytes(string manifest)
    {
        byte[] bytes = [.. new KeyedWire { Key = "key", Message = ByteString.CopyFromUtf8("") }.ToByteArray(), .. NewerField];
        var unknown = Assert.IsType<KeyedUnknown>(_serializer.FromBinary(bytes, manifest));
        Assert.Equal(("key", manifest), (unknown.Key, _serializer.Manifest(unknown)));
        Assert.Equal(bytes, _serializer.ToBinary(unknown));
    }

    [Fact]
    public void A_message_that_could_not_leave_its_node_crosses_as_its_refusal()
    {
        var unsent = Assert.IsType<KeyedUnsent>(Cross(new KeyedUnsent("key", new OversizedMessage("c", false, 200_000, 128_000)), "k.uo"));
        var rejected = Assert.IsType<Rejected>(unsent.Message.ToReply());
        Assert.Equal(("key", RejectReason.TooLargeForRemote, "c"), (unsent.Key, rejected.Reason, rejected.CorrelationId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    public void A_bad_key_is_a_serialization_error_which_costs_no_connection(string key)
    {
        var bytes = new KeyedWire { Key = key }.ToByteArray();
        Assert.Contains("The key", Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, "k.gs")).Message, StringComparison.Ordinal);
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([0xFF, 0xFF], "k.gs"));
        Assert.Throws<SerializationException>(() => _serializer.Manifest("text"));
    }

    private object Cross(KeyedMessage message, string manifest)
    {
        Assert.Equal(manifest, _serializer.Manifest(message));
        return _serializer.FromBinary(_serializer.ToBinary(message), manifest);
    }
}
