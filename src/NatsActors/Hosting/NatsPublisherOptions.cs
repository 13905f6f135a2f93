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

/// <summary>What <c>WithNatsPublisher</c> takes. Every member may be left as it is: then HOCON says all, or the defaults.</summary>
public sealed class NatsPublisherOptions
{
    /// <summary>
    /// The publisher's name; its HOCON is <c>nats-actors.publishers.NAME</c>, or <c>nats-actors.publisher</c> for the default,
    /// <see cref="NatsPublishers.DefaultName"/>. A name that HOCON does not know takes what <c>nats-actors.publisher</c> says.
    /// </summary>
    public string Name { get; set; } = NatsPublishers.DefaultName;

    /// <summary>HOCON with the root <c>nats-actors</c>, put before what the system has; null for none.</summary>
    public Config? Hocon { get; set; }

    /// <summary>Changes the settings that HOCON gives; null for no change.</summary>
    public Func<PublisherSettings, PublisherSettings>? Settings { get; set; }

    /// <summary>User and password, or token; null for those of the settings. Never shown.</summary>
    public NatsCredentials? Credentials { get; set; }

    /// <summary>Changes the options of NATS.Client.Core, as <see cref="NatsPublisherSetup.WithNatsOpts"/> does; null for no change.</summary>
    public Func<NatsOpts, NatsOpts>? NatsOpts { get; set; }

    internal NatsPublisherOptions Copy() => (NatsPublisherOptions)MemberwiseClone();
}
