using NatsActors.Actors;

namespace NatsActors;

/// <summary>Makes the Props of a publisher, for a place of your own in the tree of actors.</summary>
/// <remarks>
/// <see cref="NatsPublishers"/> starts publishers at the top, by their names in HOCON. Both kinds answer the commands of
/// <see cref="Publish"/>, <see cref="PublishBatch"/>, <see cref="GetStatus"/>, <see cref="Flush"/>, <see cref="Drain"/>,
/// <see cref="Purge"/> and <see cref="ForceReconnect"/>, and both drain in CoordinatedShutdown.
/// </remarks>
public static class NatsPublisher
{
    /// <summary>The Props of a publisher.</summary>
    /// <param name="settings">Its settings. The name must not be that of another living publisher of the system.</param>
    /// <param name="system">The actor system: it has the publisher's mailbox, dispatcher and credentials.</param>
    /// <exception cref="SettingsException">Settings are not valid; it lists every violation.</exception>
    public static Props Props(PublisherSettings settings, ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(system);
        return NatsPublishers.Get(system).PropsOf(settings);
    }
}
