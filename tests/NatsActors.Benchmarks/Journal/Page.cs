using Akka.Actor;
using Akka.Serialization;

namespace NatsActors.Benchmarks.Journal;

/// <summary>An event that is its bytes.</summary>
internal sealed record Page(byte[] Bytes);

/// <summary>Stores the bytes of a page as they are.</summary>
internal sealed class PageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>For the configuration of an actor system.</summary>
    public static string Config { get; } =
        $$"""
        akka.actor {
          serializers.page = "{{typeof(PageSerializer).AssemblyQualifiedName}}"
          serialization-bindings."{{typeof(Page).AssemblyQualifiedName}}" = page
          serialization-identifiers."{{typeof(PageSerializer).AssemblyQualifiedName}}" = 7001
        }
        """;

    public override int Identifier => 7001;

    public override byte[] ToBinary(object obj) => ((Page)obj).Bytes;

    public override object FromBinary(byte[] bytes, string manifest) => new Page(bytes);

    public override string Manifest(object o) => "p";
}
