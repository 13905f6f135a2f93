using NATS.Client.Core;
using NatsActors.Actors;
using NatsActors.NatsNet;
using NatsActors.Wire;

namespace NatsActors;

/// <summary>
/// The publishers of an actor system: an Akka.NET extension that reads <c>nats-actors</c> of the system's HOCON, starts
/// publishers by name, logs their events, and drains them when the system shuts down.
/// </summary>
public sealed class NatsPublishers : IExtension
{
    /// <summary>The name of the publisher that <c>nats-actors.publisher</c> describes.</summary>
    public const string DefaultName = "publisher";

    private readonly ExtendedActorSystem _system;
    private readonly NatsPublisherSetup _setup;
    private readonly IReadOnlyDictionary<string, PublisherSettings> _configured;
    private readonly Lock _gate = new();

    internal NatsPublishers(ExtendedActorSystem system)
    {
        _system = system;
        system.Settings.InjectTopLevelFallback(HoconReader.Reference);
        (_configured, Host) = HoconReader.Read(system.Settings.Config, system);
        _setup = system.Settings.Setup.Get<NatsPublisherSetup>() is { HasValue: true } given ? given.Value : NatsPublisherSetup.Empty;
        IActorRef? journal = null;
        Running = new RunningPublishers(publisher => journal?.Tell(new EventJournal.Watch(publisher)));
        var running = Running;
        journal = system.SystemActorOf(Akka.Actor.Props.Create(() => new EventJournal(running)), "nats-actors-events");
        // From outside: what a first publisher tells can be earlier than the actor's own start.
        system.EventStream.Subscribe(journal, typeof(NatsEvent));
        ShutdownDrain.Install(system, Host.DrainPhase, Running);
    }

    internal HostSettings Host { get; }

    internal RunningPublishers Running { get; }

    /// <summary>The names that HOCON knows: <see cref="DefaultName"/> and those below <c>nats-actors.publishers</c>.</summary>
    public IEnumerable<string> Names => _configured.Keys;

    /// <summary>The publishers of <paramref name="system"/>.</summary>
    /// <exception cref="SettingsException">The section <c>nats-actors</c> of its HOCON is not valid; it lists every violation.</exception>
    public static NatsPublishers Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<NatsPublishers, NatsPublishersProvider>();
    }

    /// <summary>The settings that HOCON gives to <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">HOCON does not know the name.</exception>
    public PublisherSettings SettingsOf(string name = DefaultName)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _configured.TryGetValue(name, out var settings)
            ? settings
            : throw new ArgumentException(
                $"There is no publisher '{name}'; {HoconReader.Root} knows {string.Join(", ", _configured.Keys)}.", nameof(name));
    }

    /// <summary>
    /// The publisher of that name, started with its HOCON when it does not run yet: the same reference for every caller.
    /// </summary>
    /// <remarks>
    /// The reference is that of the supervisor, which hands publishes on; <see cref="GetDirectAsync"/> saves that step.
    /// </remarks>
    /// <exception cref="ArgumentException">It does not run, and HOCON does not know the name.</exception>
    public IActorRef Publisher(string name = DefaultName)
    {
        lock (_gate)
        {
            return Running.TryGet(name, out var running) ? running : Begin(SettingsOf(name));
        }
    }

    /// <summary>Starts a publisher with settings made in code.</summary>
    /// <exception cref="InvalidOperationException">A publisher of that name runs already.</exception>
    /// <exception cref="SettingsException">Settings are not valid; it lists every violation.</exception>
    public IActorRef Start(PublisherSettings settings) => Start(settings, null);

    /// <summary>
    /// The reference of a publisher with the fewest steps: that of its buffer actor. It takes every command, and stays valid when
    /// the buffer actor is restarted.
    /// </summary>
    public async Task<IActorRef> GetDirectAsync(string name = DefaultName, CancellationToken cancellation = default)
    {
        var found = await Publisher(name).Ask<BufferActorRef>(new GetBufferActor(), cancellation).ConfigureAwait(false);
        return found.Actor;
    }

    internal IActorRef Start(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options)
    {
        ArgumentNullException.ThrowIfNull(settings);
        lock (_gate)
        {
            return Running.TryGet(settings.Name, out var other)
                ? throw RunningPublishers.NameTaken(settings.Name, other)
                : Begin(settings, options);
        }
    }

    /// <summary>The settings that HOCON gives to the name, or to all.</summary>
    internal PublisherSettings SettingsOrShared(string name) =>
        _configured.TryGetValue(name, out var own) ? own : _configured[DefaultName] with { Name = name };

    internal Props PropsOf(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options = null)
    {
        var complete = _setup.Complete(settings).Validate();
        var links = LinksFor(complete, options ?? _setup.OptionsOf(settings.Name));
        return PropsOf(complete, () => new PublisherState(complete, links, TimeProvider.System));
    }

    internal Props PropsOf(PublisherSettings settings, Func<PublisherState> makeState)
    {
        var plan = new PublisherPlan(settings, makeState);
        return Akka.Actor.Props.CreateBy(new PublisherProducer(plan, Running, Host), plan)
            .WithMailbox(Mailboxes.PublisherMailbox.Path)
            .WithDispatcher(Host.Dispatcher);
    }

    private IActorRef Begin(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options = null)
    {
        var props = PropsOf(settings, options);
        var publisher = _system.ActorOf(props, settings.Name == DefaultName ? "nats-publisher" : $"nats-publisher-{settings.Name}");
        // Known from here on, and not only when the actor has been made: the next caller must get the same one.
        Running.Claim(publisher, (PublisherPlan)props.Arguments[0]);
        return publisher;
    }

    internal static ILinkFactory LinksFor(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options)
    {
        if (settings.Connection.Client != LinkClient.Wire)
        {
            return new NatsNetLinkFactory(TimeProvider.System, options);
        }

        return options is null
            ? new WireLinkFactory(TimeProvider.System)
            : throw new SettingsException(
                [$"connection.client: is wire for the publisher '{settings.Name}', and there are NatsOpts for it; only nats-net takes them"]);
    }
}

/// <summary>Makes <see cref="NatsPublishers"/>, once for an actor system. Can stand in <c>akka.extensions</c>.</summary>
public sealed class NatsPublishersProvider : ExtensionIdProvider<NatsPublishers>
{
    /// <inheritdoc/>
    public override NatsPublishers CreateExtension(ExtendedActorSystem system) => new(system);
}
