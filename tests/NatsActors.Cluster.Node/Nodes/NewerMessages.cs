using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using NatsActors.Cluster.Gateway;
using NatsActors.Cluster.Sharding;
using NatsActors.Serialization;

namespace NatsActors.Cluster.Nodes;

/// <summary>
/// What a node says whose package is newer than this one: every message between nodes has two more fields, one of them a message, and links
/// and gateways speak one more version. The node still speaks the version of this package.
/// </summary>
internal static class NewerMessages
{
    /// <summary>Fields 2000 (a varint) and 2001 (four bytes), which no message of this package has. Protobuf allows any order.</summary>
    public static ReadOnlySpan<byte> Fields => [0x80, 0x7D, 0x07, 0x8A, 0x7D, 0x04, 0x08, 0x01, 0x10, 0x02];

    public static GatewayVersions Versions { get; } = new(GatewayVersions.Own.Newest + 1, GatewayVersions.Own.Newest);

    /// <summary>The defaults are there from the beginning, because the serializers ask for their identifiers when the system starts.</summary>
    public static Config Hocon() => ConfigurationFactory.ParseString(
        $$"""
        akka.actor.serializers {
          nats-actors = "{{NameOf(typeof(NewerContractSerializer))}}"
          nats-actors-gateway = "{{NameOf(typeof(NewerGatewaySerializer))}}"
          nats-actors-sharding = "{{NameOf(typeof(NewerKeyedSerializer))}}"
        }
        """).WithFallback(NatsPublishers.DefaultConfig()).WithFallback(NatsGateway.DefaultConfig()).WithFallback(ShardedNatsPublishers.DefaultConfig());

    /// <summary>A run whose newer nodes are not newer would show nothing.</summary>
    /// <exception cref="InvalidOperationException">A message of this kind is not written by a newer serializer.</exception>
    public static void Verify(ActorSystem system, object message)
    {
        var serializer = system.Serialization.FindSerializerFor(message);
        if (serializer is not NewerSerializer)
        {
            throw new InvalidOperationException($"{message.GetType()} of a newer node is written by {serializer.GetType()}.");
        }
    }

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}

/// <summary>The package's serializer, with more fields.</summary>
internal abstract class NewerSerializer(ExtendedActorSystem system, SerializerWithStringManifest inner) : SerializerWithStringManifest(system)
{
    public override int Identifier => inner.Identifier;

    public override string Manifest(object o) => inner.Manifest(o);

    public override byte[] ToBinary(object obj) => [.. NewerMessages.Fields, .. inner.ToBinary(obj)];

    public override object FromBinary(byte[] bytes, string manifest) => inner.FromBinary(bytes, manifest);
}

internal sealed class NewerContractSerializer(ExtendedActorSystem system) : NewerSerializer(system, new ContractSerializer(system));

internal sealed class NewerGatewaySerializer(ExtendedActorSystem system) : NewerSerializer(system, new GatewaySerializer(system));

internal sealed class NewerKeyedSerializer(ExtendedActorSystem system) : NewerSerializer(system, new KeyedSerializer(system));
