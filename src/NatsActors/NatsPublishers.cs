using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NatsActors.Actors;
using NatsActors.Diagnostics;
using NatsActors.Hosting;
using NatsActors.Links;
using NatsActors.Settings;

namespace NatsActors;

/// <summary>
/// The publishers of an actor system: an Akka.NET extension that reads the section <c>nats-actors</c> of the system's HOCON, starts
/// publishers by name, writes their log, and drains them in CoordinatedShutdown.
/// </summary>
public sealed class NatsPublishers : IExtension
{
    /// <summary>The name of the publisher that <c>nats-actors.publisher</c> describes.</summary>
    public const string DefaultName = "publisher";

    private readonly ExtendedActorSystem _system;
    private readonly NatsPublisherSetup _setup;
    private readonly IReadOnlyDictionary<string, PublisherSettings> _configured;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();

    internal NatsPublishers(ExtendedActorSystem system)
    {
        _system = system;
        UseContract(system);
        (_configured, Host) = HoconReader.Read(system.Settings.Config, system);
        _setup = system.Settings.Setup.Get<NatsPublisherSetup>() is { HasValue: true } given ? given.Value : NatsPublisherSetup.Empty;
        IActorRef? watch = null;
        Running = new RunningPublishers(publisher => watch?.Tell(new PublisherWatch.Watch(publisher)));
        Action<IActorRef> forget = Running.Forget;
        watch = system.SystemActorOf(Akka.Actor.Props.Create(() => new PublisherWatch(forget)), "nats-actors-watch");
        _logger = new AkkaLogger(Logging.GetLogger(system, typeof(NatsPublishers)));
        ShutdownDrain.Install(system, Host.DrainPhase, Running, _logger);
    }

    internal HostSettings Host { get; }

    internal RunningPublishers Running { get; }

    /// <summary>The names that HOCON has settings for: <see cref="DefaultName"/> and the names below <c>nats-actors.publishers</c>.</summary>
    public IEnumerable<string> Names => _configured.Keys;

    /// <summary>The publishers of <paramref name="system"/>.</summary>
    /// <exception cref="SettingsException">
    /// The section <c>nats-actors</c> of the system's HOCON is not valid, or a root of the HOCON is a misspelt <c>nats-actors</c>; the
    /// exception lists every violation.
    /// </exception>
    public static NatsPublishers Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<NatsPublishers, NatsPublishersProvider>();
    }

    /// <summary>
    /// Makes <paramref name="system"/> able to send the contract's messages to publishers of other systems, and to read their
    /// replies, without a publisher of its own. <see cref="Get"/> does the same for a system that has publishers.
    /// </summary>
    /// <remarks>
    /// A sender that tells a <see cref="Publish"/> to a remote publisher before this call gets a
    /// <see cref="System.Runtime.Serialization.SerializationException"/> in its system's log, and the message is not sent.
    /// <see cref="DefaultConfig"/> does the same from the start of the system.
    /// <para>
    /// A message must fit into one frame of Akka.Remote, <c>akka.remote.dot-netty.tcp.maximum-frame-size</c> (128,000 bytes) of
    /// the sender's system, less 2,048 bytes for addresses and envelopes. A larger one does not leave the system; the publisher
    /// answers <see cref="RejectReason.TooLargeForRemote"/>. Raise the key in both systems for larger payloads.
    /// </para>
    /// </remarks>
    /// <example><code>
    /// var system = NatsPublishers.UseContract(ActorSystem.Create("senders", config));
    /// </code></example>
    /// <returns>The same system.</returns>
    public static ActorSystem UseContract(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        // Akka reads the serializers again whenever a fallback is injected, so they must come from the configuration. Akka forgets
        // serializers of Serialization.AddSerializer when another extension injects its own reference.conf.
        system.Settings.InjectTopLevelFallback(HoconReader.Reference);
        return system;
    }

    /// <summary>
    /// The library's <c>reference.conf</c>: every key of <c>nats-actors</c> with its default, and the serializer of the contract.
    /// A system with publishers has this configuration already. A system that only sends to remote publishers needs the
    /// configuration as a fallback, or a call of <see cref="UseContract"/>.
    /// </summary>
    /// <example><code>
    /// ActorSystem.Create("senders", config.WithFallback(NatsPublishers.DefaultConfig()));
    /// builder.AddHocon(NatsPublishers.DefaultConfig(), HoconAddMode.Append);   // Akka.Hosting
    /// </code></example>
    public static Config DefaultConfig() => HoconReader.Reference;

    /// <summary>The settings that HOCON gives to <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">HOCON has no section for the name.</exception>
    public PublisherSettings SettingsOf(string name = DefaultName)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _configured.TryGetValue(name, out var settings)
            ? settings
            : throw new ArgumentException(
                $"There is no publisher '{name}'; "
                + (EditDistance.Nearest(name, _configured.Keys) is { } nearest ? $"did you mean '{nearest}'? " : "")
                + $"{HoconReader.Root} knows {string.Join(", ", _configured.Keys)}.",
                nameof(name));
    }

    /// <summary>
    /// The publisher of that name. Every caller gets the same reference. If the publisher does not run yet, the call starts it with
    /// its HOCON.
    /// </summary>
    /// <exception cref="ArgumentException">No publisher of the name runs, and HOCON has no section for the name.</exception>
    /// <exception cref="ConfigurationException">The deployment of the publisher's path replaces its router or mailbox.</exception>
    public IActorRef Publisher(string name = DefaultName)
    {
        lock (_gate)
        {
            return Running.TryGet(name, out var running, out _) ? running : Begin(SettingsOf(name));
        }
    }

    /// <summary>Starts a publisher with settings made in code.</summary>
    /// <remarks>
    /// Messages that are told before the publisher's actor has started wait in Akka.NET's own queue, as for every actor, and are answered
    /// when it has. That queue has no limit; the start takes milliseconds. A producer that awaits its replies does not fill it.
    /// </remarks>
    /// <exception cref="InvalidOperationException">A publisher of that name runs already.</exception>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    /// <exception cref="ConfigurationException">The deployment of the publisher's path replaces its router or mailbox.</exception>
    public IActorRef Start(PublisherSettings settings) => Start(settings, null);

    internal IActorRef Start(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options)
    {
        ArgumentNullException.ThrowIfNull(settings);
        lock (_gate)
        {
            return Running.TryGet(settings.Name, out var other, out _)
                ? throw RunningPublishers.NameTaken(settings.Name, other)
                : Begin(settings, options);
        }
    }

    /// <summary>The publisher of that name. If it does not run yet, the call starts it with its HOCON and with links of the caller's.</summary>
    internal IActorRef Publisher(string name, Func<string, ILinkFactory> links)
    {
        lock (_gate)
        {
            return Running.TryGet(name, out var running, out _) ? running : Begin(SettingsOf(name), links(name));
        }
    }

    /// <summary>Starts a publisher with links of the caller's.</summary>
    internal IActorRef StartWith(PublisherSettings settings, ILinkFactory links)
    {
        ArgumentNullException.ThrowIfNull(settings);
        lock (_gate)
        {
            return Running.TryGet(settings.Name, out var other, out _)
                ? throw RunningPublishers.NameTaken(settings.Name, other)
                : Begin(settings, links);
        }
    }

    /// <summary>The settings with the credentials of the system's setup, checked, and the links that they make.</summary>
    internal (PublisherSettings Settings, ILinkFactory Links) Complete(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options)
    {
        var complete = _setup.Complete(settings).Validate();
        return (complete, LinksFor(complete, options));
    }

    /// <summary>The settings of the name's section. Without such a section, the settings of <c>nats-actors.publisher</c>.</summary>
    internal PublisherSettings SettingsOrShared(string name) =>
        _configured.TryGetValue(name, out var own) ? own : _configured[DefaultName] with { Name = name };

    internal Props PropsOf(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options = null, PublisherOwner? owner = null)
    {
        var (complete, links) = Complete(settings, options);
        return PlanOf(complete, links, logger: owner?.Logger, owner: owner).Props();
    }

    /// <summary>Starts a publisher with links and a clock of the caller's.</summary>
    internal (IActorRef Publisher, PublisherParts Parts) Start(
        PublisherSettings settings, ILinkFactory links, TimeProvider time, Random? random, string? actorName = null,
        int maxRestarts = PublisherActor.MaxRestarts, ILogger? logger = null)
    {
        var plan = PlanOf(settings, links, time, random, maxRestarts, logger);
        var name = actorName ?? (settings.Name == DefaultName ? "nats-publisher" : $"nats-publisher-{settings.Name}");
        var path = new RootActorPath(_system.Provider.DefaultAddress) / "user" / name;
        DeploymentRules.Check(_system, path);
        var parts = plan.Prepare(path);
        var publisher = _system.ActorOf(plan.Props(), name);
        // The name is claimed before the actor has started, so that the next caller gets the same reference.
        parts.Door.Publisher = publisher;
        Running.Claim(publisher, parts);
        return (publisher, parts);
    }

    private IActorRef Begin(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options = null)
    {
        var (complete, links) = Complete(settings, options);
        return Start(complete, links, TimeProvider.System, null).Publisher;
    }

    private IActorRef Begin(PublisherSettings settings, ILinkFactory links) =>
        Start(settings.Validate(), links, TimeProvider.System, null).Publisher;

    private PublisherPlan PlanOf(
        PublisherSettings settings, ILinkFactory links, TimeProvider? time = null, Random? random = null,
        int maxRestarts = PublisherActor.MaxRestarts, ILogger? logger = null, PublisherOwner? owner = null)
    {
        var journal = JournalPlans.For(settings, _system);
        return new(settings, _system, Host.Dispatcher, dispatcher =>
        {
            PublisherParts parts = null!;
            return parts = new PublisherParts(settings, links, _system, logger ?? _logger, time ?? TimeProvider.System, random, dispatcher, owner)
            {
                MaxRestarts = maxRestarts,
                JournalPlan = journal,
                Starting = publisher => Running.Claim(publisher, parts),
            };
        });
    }

    private LinkFactory LinksFor(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options) =>
        new(TimeProvider.System, options ?? _setup.OptionsOf(settings.Name));
}

/// <summary>Makes <see cref="NatsPublishers"/>, once for an actor system. <c>akka.extensions</c> may name this type.</summary>
public sealed class NatsPublishersProvider : ExtensionIdProvider<NatsPublishers>
{
    /// <inheritdoc/>
    public override NatsPublishers CreateExtension(ExtendedActorSystem system) => new(system);
}
