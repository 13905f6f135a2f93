using Akka.Actor;

namespace NatsActors.Serialization;

/// <summary>
/// Tells whether the serializer writes for Akka.Remote at the moment, and how large the message may be. Other users of the
/// serializer (<c>serialize-messages</c>, a journal) have no such limit and must get the whole message.
/// </summary>
/// <remarks>
/// Akka.Remote serializes in its endpoint writers, which are actors below <c>/system/endpointManager</c>. Akka.Remote drops a frame
/// beyond <c>maximum-frame-size</c> with an error in the log and does not tell the sender. A frame includes both actors' paths and
/// Akka's envelopes, which the serializer does not see; <see cref="OversizedMessage.EnvelopeBytes"/> are kept for them.
/// </remarks>
internal sealed class RemoteFrame(ExtendedActorSystem system)
{
    private const string EndpointManager = "endpointManager";

    // Read late, because Akka.Remote adds its defaults to the configuration after the first serializers are made.
    private readonly Lazy<long?> _limit = new(() => Smallest(system));

    /// <summary>The smallest <c>maximum-frame-size</c> of the enabled transports while an endpoint writer serializes; null otherwise.</summary>
    public long? Limit => IsEndpointWriter(ActorCell.GetCurrentSelfOrNoSender()) ? _limit.Value : null;

    private static bool IsEndpointWriter(IActorRef? self)
    {
        for (var path = self?.Path; path is ChildActorPath; path = path.Parent)
        {
            if (path.Name == EndpointManager && path.Parent.Name == "system")
            {
                return true;
            }
        }

        return false;
    }

    private static long? Smallest(ExtendedActorSystem system)
    {
        var config = system.Settings.Config;
        return config.GetStringList("akka.remote.enabled-transports", [])
            .Select(transport => config.GetByteSize($"{transport}.maximum-frame-size", null))
            .Min();
    }
}
