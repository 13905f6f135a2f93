using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace NatsActors.Tests.Contract;

/// <summary>An actor system that knows the contract, without a publisher.</summary>
internal sealed class ContractSystem : IAsyncDisposable
{
    private ContractSystem(ActorSystem system) => System = system;

    public ActorSystem System { get; }

    public Address Address => ((ExtendedActorSystem)System).Provider.DefaultAddress;

    public static ContractSystem Local(string hocon = "") => new(NatsPublishers.UseContract(Plain("contract", hocon)));

    /// <summary>A system with Akka.Remote on a free port of the loopback interface.</summary>
    public static ContractSystem Remote(string name, string hocon = "", bool useContract = true)
    {
        var system = Plain(name, hocon, "akka.actor.provider = remote, akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }");
        return new(useContract ? NatsPublishers.UseContract(system) : system);
    }

    public Serializer SerializerOf(object message) => ((ExtendedActorSystem)System).Serialization.FindSerializerFor(message);

    public (byte[] Bytes, string Manifest) Write(object message)
    {
        var serializer = (SerializerWithStringManifest)SerializerOf(message);
        return (serializer.ToBinary(message), serializer.Manifest(message));
    }

    public object Read(byte[] bytes, string manifest) => ((ExtendedActorSystem)System).Serialization.Deserialize(bytes, 734, manifest);

    public object RoundTrip(object message)
    {
        var (bytes, manifest) = Write(message);
        return Read(bytes, manifest);
    }

    /// <summary>The reference of an actor of <paramref name="other"/>, as this system sees it.</summary>
    public Task<IActorRef> ResolveAsync(ContractSystem other, IActorRef actor) =>
        System.ActorSelection(actor.Path.ToStringWithAddress(other.Address)).ResolveOne(TimeSpan.FromSeconds(15));

    public async ValueTask DisposeAsync() => await System.Terminate();

    private static ActorSystem Plain(string name, params string[] hocon) => ActorSystem.Create(
        name,
        hocon.Append("akka { loglevel = WARNING, stdout-loglevel = OFF, loggers = [] }")
            .Select(part => ConfigurationFactory.ParseString(part)).Aggregate((upper, lower) => upper.WithFallback(lower)));
}
