using System.Text;
using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using NatsActors.Actors;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Specs.Crashes;
using NatsActors.Specs.Journals;
using NatsActors.Specs.Stepping;
using NatsActors.Testing;

namespace NatsActors.Specs;

/// <summary>
/// The base of the specs: one publisher on Akka.NET over links that the spec plays. The actors run on the spec's own thread, under
/// virtual time, so a spec waits for nothing and gives the same run every time.
/// </summary>
/// <remarks>One instance a test: it makes its own actor system and ends it when it is disposed.</remarks>
public abstract class ActorSpec : IDisposable
{
    private readonly SteppedSystem _system;
    private PublisherParts? _parts;
    private IActorRef? _publisher;
    private Probe? _asker;
    private int _probes;

    protected ActorSpec()
    {
        _system = new SteppedSystem();
    }

    /// <param name="choice">Picks the actor that takes the next turn.</param>
    /// <param name="journal">The journal of the system.</param>
    private protected ActorSpec(Random choice, PlayedJournal? journal = null)
    {
        _system = new SteppedSystem(journal: journal) { Choice = choice };
    }

    /// <param name="tap">Sees the messages that come to the publisher's children.</param>
    /// <param name="journal">The journal of the system.</param>
    private protected ActorSpec(MailboxTap tap, PlayedJournal? journal = null)
    {
        _system = new SteppedSystem(tap.Pass, journal);
    }

    /// <summary>The journal of the system, for publishers that have one.</summary>
    internal PlayedJournal Journal => _system.Journal;

    /// <summary>The links that the publisher under test asks for.</summary>
    internal FakeLinks Links { get; } = new();

    internal IActorRef Publisher => _publisher!;

    internal PublisherParts Parts => _parts!;

    /// <summary>The link that was asked for last.</summary>
    internal FakeLink Link
    {
        get
        {
            Settle();
            return Links.Last;
        }
    }

    /// <summary>The clock of the actors and their timers; only <see cref="Advance"/> moves it.</summary>
    internal TimeProvider Time => _system.Time;

    /// <summary>How many turns the actors have taken.</summary>
    internal long Turns => _system.Turns;

    /// <summary>Small limits, and waits that virtual time passes in one step.</summary>
    internal static PublisherSettings Small { get; } = new()
    {
        Connection = new ConnectionSettings { Servers = ["nats://a:4222"], RandomizeServers = false },
        Buffer = new BufferSettings { MaxMessages = 10, WaitTimeout = TimeSpan.FromSeconds(5) },
    };

    public void Dispose()
    {
        _system.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Moves the clock, fires the timers that are due, in order, and settles.</summary>
    internal void Advance(TimeSpan by) => _system.Advance(by);

    /// <summary>
    /// Returns when the actors have handled what was sent to them, and what that led to. Leaves out an actor that is blocked.
    /// </summary>
    internal void Settle() => _system.Settle();

    /// <summary>Starts an actor of the spec's own in the publisher's system.</summary>
    internal IActorRef ActorOf(Props props, string? name = null)
    {
        var actor = _system.System.ActorOf(props, name);
        Settle();
        return actor;
    }

    internal Probe CreateProbe() => new(_system, ++_probes);

    /// <summary>A probe that hears the publishers' events of a type and of those derived from it.</summary>
    internal Probe Events<T>()
        where T : NatsEvent => Subscribed<T>();

    /// <summary>Publishes an event as another publisher of the actor system does.</summary>
    internal void PublishEvent(NatsEvent occurrence)
    {
        Settle();
        _system.System.EventStream.Publish(occurrence);
        Settle();
    }

    /// <summary>A probe that hears of the messages that an actor did not handle.</summary>
    internal Probe UnhandledMessages() => Subscribed<UnhandledMessage>();

    internal IActorRef StartPublisher(
        PublisherSettings? settings = null, FakeLinks? links = null, TimeProvider? time = null, int maxRestarts = int.MaxValue,
        ILogger? logger = null)
    {
        (_publisher, _parts) = NatsPublishers.Get(_system.System).Start(
            (settings ?? Small).Validate(), links ?? Links, time ?? Time, new Random(1), "spec-publisher", maxRestarts, logger);
        Settle();
        return _publisher;
    }

    /// <summary>Starts a publisher whose first link is up.</summary>
    internal FakeLink StartConnected(PublisherSettings? settings = null, ServerInfo? info = null)
    {
        StartPublisher(settings);
        var link = Link;
        link.Up(info);
        Settle();
        return link;
    }

    /// <summary>The living child of the publisher of that name: <c>buffer</c> or <c>connection</c>.</summary>
    internal IActorRef Child(string name)
    {
        Settle();
        return ((ActorRefWithCell)Publisher).GetSingleChild(name);
    }

    /// <summary>Makes a child of the publisher fail.</summary>
    internal void Crash(string child)
    {
        Child(child).Tell(Kill.Instance, ActorRefs.NoSender!);
        Settle();
    }

    /// <summary>From now on the child handles no message; disposing lets it go on and settles.</summary>
    internal IDisposable Block(string child)
    {
        var actor = (IInternalActorRef)Child(child);
        actor.Suspend();
        Settle();
        return new Unblock(this, actor);
    }

    internal void Tell(object message, Probe? sender = null)
    {
        Settle();
        Publisher.Tell(message, sender ?? ActorRefs.NoSender!);
        Settle();
    }

    /// <summary>Tells and gives the next message that comes back.</summary>
    internal T Ask<T>(object message)
    {
        _asker ??= CreateProbe();
        Tell(message, _asker);
        return _asker.ExpectMsg<T>();
    }

    /// <summary>The status; every one that a spec takes has to balance.</summary>
    internal PublisherStatus Status()
    {
        var status = Ask<PublisherStatus>(GetStatus.Instance);
        Assert.True(status.Totals.Balanced, status.Totals.ToString());
        Assert.Equal(status.BufferedMessages - status.UndurableMessages, status.Totals.Buffered);
        Assert.InRange(status.BufferedMessages, 0, status.MaxMessages);
        Assert.InRange(status.BufferedBytes, 0, status.MaxBytes);
        return status;
    }

    /// <summary>Publishes a message for each payload and expects each to be accepted.</summary>
    internal void Accept(params string[] payloads)
    {
        foreach (var payload in payloads)
        {
            Ask<Ack>(Message(payload));
        }
    }

    /// <summary>Loses the link and lets the back-off pass, until the next link is asked for and up.</summary>
    internal FakeLink Reconnect(FakeLink link, LinkLossKind kind = LinkLossKind.Closed)
    {
        var next = LoseAndRedial(link, kind);
        next.Up();
        Settle();
        return next;
    }

    internal FakeLink LoseAndRedial(FakeLink link, LinkLossKind kind = LinkLossKind.Closed)
    {
        link.Lose(kind);
        Settle();
        return Redialled(link);
    }

    /// <summary>The link after this one, once the back-off has passed.</summary>
    internal FakeLink Redialled(FakeLink before)
    {
        for (var steps = 0; Link == before && steps < 100; steps++)
        {
            Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.NotSame(before, Link);
        return Link;
    }

    /// <summary>Plays a healthy server until the link is given nothing more.</summary>
    internal void Serve(FakeLink link) => UntilNothingIsGiven(link, link.ConfirmAll);

    /// <summary>Lets a link write all that it is given, and confirms nothing.</summary>
    internal void Write(FakeLink link) => UntilNothingIsGiven(link, link.WrittenAll);

    internal static PublisherSettings With(
        Func<BufferSettings, BufferSettings>? buffer = null,
        Func<DeliverySettings, DeliverySettings>? delivery = null,
        Func<ConnectionSettings, ConnectionSettings>? connection = null,
        Func<JetStreamSettings, JetStreamSettings>? jetStream = null) => Small with
        {
            Buffer = buffer?.Invoke(Small.Buffer) ?? Small.Buffer,
            Delivery = delivery?.Invoke(Small.Delivery) ?? Small.Delivery,
            Connection = connection?.Invoke(Small.Connection) ?? Small.Connection,
            JetStream = jetStream?.Invoke(Small.JetStream) ?? Small.JetStream,
        };

    internal static Publish Message(string payload, string subject = "s") => new(subject, Encoding.UTF8.GetBytes(payload));

    internal static string[] Numbers(int from, int to) => [.. Enumerable.Range(from, to - from + 1).Select(n => $"{n}")];

    private Probe Subscribed<T>()
    {
        var probe = CreateProbe();
        _system.System.EventStream.Subscribe(probe, typeof(T));
        return probe;
    }

    private void UntilNothingIsGiven(FakeLink link, Action report)
    {
        int given;
        do
        {
            Settle();
            given = link.Batches.Count;
            if (given > 0)
            {
                report();
            }

            Settle();
        }
        while (link.Batches.Count > given);
    }

    private sealed class Unblock(ActorSpec spec, IInternalActorRef actor) : IDisposable
    {
        public void Dispose()
        {
            actor.Resume();
            spec.Settle();
        }
    }
}
