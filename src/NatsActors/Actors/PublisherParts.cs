using System.Security.Cryptography;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using NatsActors.Delivery;
using NatsActors.Diagnostics;
using NatsActors.Door;
using NatsActors.Links;

namespace NatsActors.Actors;

/// <summary>
/// The parts of one publisher that outlive a crash of its actors. Each part has one owner: <see cref="Buffer"/> guards itself with
/// its lock, <see cref="Delivery"/> belongs to the buffer actor, <see cref="Connection"/> to the connection actor.
/// </summary>
internal sealed class PublisherParts : IDoorOwner
{
    private readonly ActorSystem _system;
    // Held while the event stream hands an event out; never together with the lock of the buffer.
    private readonly Lock _events = new();
    private bool _closedRaised;
    private bool _hasFailed;

    public PublisherParts(
        PublisherSettings settings, ILinkFactory links, ActorSystem system, ILogger logger, TimeProvider time, Random? random = null,
        string? dispatcher = null, PublisherOwner? owner = null)
    {
        _system = system;
        Owner = owner;
        Settings = settings;
        Links = links;
        Dispatcher = dispatcher;
        Time = time;
        Clock = new PublisherClock(time);
        Random = random ?? Random.Shared;
        Meter = new PublisherMeter(owner?.Kind ?? settings.Name);
        Buffer = new GuardedBuffer(settings, Clock, Convert.ToHexString(RandomNumberGenerator.GetBytes(10)), Meter);
        Door = new PublishDoor(Buffer, new MessageSpans(settings, Buffer), system);
        Journal = new PublisherJournal(settings.Name, logger, Clock, Buffer);
        Delivery = new DeliveryMemory(settings);
        JournalPort = Buffer.IsDurable ? new JournalPort(this) : null;
        Connection = new ConnectionMemory(settings.Connection, links.OnlyServer, Random);
    }

    public PublisherSettings Settings { get; }

    /// <summary>The owner of a publisher that is one of many; null for a publisher by a name.</summary>
    public PublisherOwner? Owner { get; }

    public ILinkFactory Links { get; }

    /// <summary>The dispatcher of the buffer actor and the connection actor; null for the system's default.</summary>
    public string? Dispatcher { get; }

    public TimeProvider Time { get; }

    public PublisherClock Clock { get; }

    public IActorRefProvider Provider => ((ExtendedActorSystem)_system).Provider;

    /// <summary>Makes the journal's actor; null without a journal.</summary>
    public IJournalPlan? JournalPlan { get; init; }

    /// <summary>What the journal's actor goes on from; null without a journal.</summary>
    public JournalPort? JournalPort { get; }

    public Random Random { get; }

    public GuardedBuffer Buffer { get; }

    public PublishDoor Door { get; }

    public PublisherMeter Meter { get; }

    public PublisherJournal Journal { get; }

    public DeliveryMemory Delivery { get; }

    public ConnectionMemory Connection { get; }

    /// <summary>The publisher has ended because its actors failed. A restart of the process mends that.</summary>
    public bool HasFailed { get => Volatile.Read(ref _hasFailed); set => Volatile.Write(ref _hasFailed, value); }

    /// <summary>Restarts of its actors within <see cref="PublisherActor.RestartsWithin"/> that a publisher survives.</summary>
    public int MaxRestarts { get; init; } = PublisherActor.MaxRestarts;

    /// <summary>Called when the head actor starts, with its reference; fails when the publisher may not start.</summary>
    public Action<IActorRef>? Starting { get; init; }

    /// <summary>
    /// Tells the log, the metrics and the event stream. Any thread may call this. <see cref="Closed"/> is the last event: later
    /// events are dropped.
    /// </summary>
    public void Raise(NatsEvent occurrence)
    {
        if (Volatile.Read(ref _closedRaised))
        {
            return;
        }

        Journal.Note(occurrence);
        Meter.Note(occurrence);
        lock (_events)
        {
            if (!_closedRaised)
            {
                // Before the subscribers hear: one of them may raise another event.
                _closedRaised = occurrence is Closed;
                Publish(occurrence);
            }
        }
    }

    /// <summary>A subscriber's reference that throws is its owner's fault, and must not fail an actor or cut the end short.</summary>
    private void Publish(NatsEvent occurrence)
    {
        try
        {
            _system.EventStream.Publish(occurrence);
        }
        catch (Exception error)
        {
            Journal.SubscriberFailed(occurrence, error);
        }
    }

    // Akka.NET asks the router's configuration for the head actor itself, and not for Props.
#pragma warning disable AK1000
    public ActorBase MakeHead() => new PublisherActor(this);
#pragma warning restore AK1000
}

/// <summary>What a restarted buffer actor goes on from. Touched by the buffer actor alone.</summary>
internal sealed class DeliveryMemory(PublisherSettings settings)
{
    private static bool IsJetStream(PublisherSettings settings) => settings.Delivery.Confirm == ConfirmMode.JetStream;

    public FlowWindow Window { get; } = new(
        IsJetStream(settings) ? Math.Min(settings.JetStream.MaxInFlightBytes, settings.Connection.MaxInFlightBytes) : settings.Connection.MaxInFlightBytes,
        IsJetStream(settings) ? settings.JetStream.MaxInFlightMessages : long.MaxValue / 4);

    public ReplayPace Pace { get; } = new(settings.Delivery.ReplayRate);

    public PoisonWatch Poison { get; } = new(settings.Delivery.PoisonAfter);

    public StreamRetries Retries { get; } = new(settings.JetStream);
}
