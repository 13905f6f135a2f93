using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using NatsActors.Serialization;

namespace NatsActors.Tests.Contract;

/// <summary>How an actor system gets the serializer.</summary>
public sealed class RegistrationTests
{
    [Fact]
    public async Task UseContract_registers_every_message_under_the_identifier_of_reference_conf()
    {
        await using var contract = ContractSystem.Local();

        Assert.All(ContractSamples.Types, type => Assert.IsType<ContractSerializer>(contract.SerializerOf(ContractSamples.Full(type))));
        Assert.Equal(734, contract.SerializerOf(new Ack(1)).Identifier);
    }

    [Fact]
    public async Task DefaultConfig_registers_it_from_the_start()
    {
        using var system = ActorSystem.Create("default", ConfigurationFactory.ParseString("akka.loglevel = OFF").WithFallback(NatsPublishers.DefaultConfig()));

        Assert.IsType<ContractSerializer>(((ExtendedActorSystem)system).Serialization.FindSerializerFor(new Ack(1)));
        Assert.IsNotType<ContractSerializer>(((ExtendedActorSystem)system).Serialization.FindSerializerFor("text"));
        await system.Terminate();
    }

    [Fact]
    public async Task The_extension_registers_it_too()
    {
        await using var test = new TestSystem();

        _ = test.Publishers;

        Assert.IsType<ContractSerializer>(((ExtendedActorSystem)test.System).Serialization.FindSerializerFor(new Ack(1)));
    }

    [Fact]
    public async Task The_registration_outlives_another_extension_that_adds_its_own_reference_conf()
    {
        await using var contract = ContractSystem.Local();
        contract.SerializerOf(new Ack(1));

        contract.System.Settings.InjectTopLevelFallback(ConfigurationFactory.ParseString("other.extension.key = 1"));
        NatsPublishers.UseContract(contract.System);

        Assert.IsType<ContractSerializer>(contract.SerializerOf(new Ack(1)));
    }

    [Fact]
    public async Task The_identifier_can_be_changed_when_another_serializer_has_it()
    {
        await using var contract = ContractSystem.Local(
            """akka.actor.serialization-identifiers { "NatsActors.Serialization.ContractSerializer, NatsActors" = 8734 }""");

        Assert.Equal(8734, contract.SerializerOf(new Ack(1)).Identifier);
    }

    [Fact]
    public async Task Without_it_Akkas_default_serializer_is_refused_instead_of_losing_the_payload()
    {
        using var system = ActorSystem.Create("bare", "akka.loglevel = OFF");

        foreach (var message in new object[] { new Publish("a", new byte[] { 1 }), new PublishBatch([new Publish("a", default)]) })
        {
            var error = Assert.Throws<SerializationException>(() => ((ExtendedActorSystem)system).Serialization.Serialize(message));
            Assert.Contains("NatsPublishers.UseContract(system)", error.Message, StringComparison.Ordinal);
        }

        await system.Terminate();
    }

    [Fact]
    public async Task Serialize_messages_passes_every_message_between_actors_whole()
    {
        await using var contract = ContractSystem.Local("akka.actor.serialize-messages = on");
        var echo = contract.System.ActorOf(Props.Create(() => new Echo()));

        foreach (var type in ContractSamples.Types)
        {
            foreach (var message in new[] { ContractSamples.Full(type), ContractSamples.Least(type) })
            {
                var back = await echo.Ask<object>(message, TimeSpan.FromSeconds(15));
                Assert.Equal(DeepText.Of(message), DeepText.Of(back));
            }
        }
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }
}
