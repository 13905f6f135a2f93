using Akka.Configuration;
using NATS.Client.Core;

namespace NatsActors;

/// <summary>The key of the publisher in Akka.Hosting's registry: <c>IRequiredActor&lt;NatsPublisherKey&gt;</c>.</summary>
public sealed class NatsPublisherKey
{
    private NatsPublisherKey()
    {
    }
}

/// <summary>The options of <c>WithNatsPublisher</c>. A member that is not set leaves its settings to HOCON and to the defaults.</summary>
public class NatsPublisherOptions
{
    /// <summary>
    /// The publisher's name; its HOCON is <c>nats-actors.publishers.NAME</c>, or <c>nats-actors.publisher</c> for the default,
    /// <see cref="NatsPublishers.DefaultName"/>. If HOCON has no section for the name, the publisher uses <c>nats-actors.publisher</c>.
    /// </summary>
    public string Name { get; set; } = NatsPublishers.DefaultName;

    /// <summary>HOCON with the root <c>nats-actors</c>, which goes before the system's HOCON; null for none.</summary>
    public Config? Hocon { get; set; }

    /// <summary>Changes the settings that HOCON gives; null for no change.</summary>
    public Func<PublisherSettings, PublisherSettings>? Settings { get; set; }

    /// <summary>User and password, or token; null for the credentials of the settings. Never shown.</summary>
    public NatsCredentials? Credentials { get; set; }

    /// <summary>Changes the options of NATS.Client.Core, as <see cref="NatsPublisherSetup.WithNatsOpts"/> does; null for no change.</summary>
    public Func<NatsOpts, NatsOpts>? NatsOpts { get; set; }

    internal NatsPublisherOptions Copy() => (NatsPublisherOptions)MemberwiseClone();
}
