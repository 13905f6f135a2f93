using System.Text;
using NatsActors.Actors;

namespace NatsActors.Specs;

/// <summary>What the specs do again and again, in the publisher's own words.</summary>
public abstract partial class ActorSpec
{
    private PublisherState? _state;
    private IActorRef? _publisher;
    private IProbe? _asker;

    /// <summary>The links that the publisher under test asks for.</summary>
    internal FakeLinks Links { get; } = new();

    internal IActorRef Publisher => _publisher!;

    internal PublisherState State => _state!;

    internal FakeLink Link
    {
        get
        {
            Settle();
            return Links.Last;
        }
    }

    /// <summary>Small limits, and waits that virtual time passes in one step.</summary>
    internal static PublisherSettings Small { get; } = new()
    {
        Connection = new ConnectionSettings { Servers = ["nats://a:4222"], RandomizeServers = false },
        Buffer = new BufferSettings { MaxMessages = 10, WaitTimeout = TimeSpan.FromSeconds(5) },
    };

    internal IActorRef StartPublisher(PublisherSettings? settings = null, FakeLinks? links = null)
    {
        _state = new PublisherState((settings ?? Small).Validate(), links ?? Links, Time, new Random(1));
        _publisher = Start(_state);
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

    internal void Tell(object message, IProbe? sender = null)
    {
        // What a link reported before is handled first: on real threads it would else race with the message.
        Settle();
        Publisher.Tell(message, sender?.Ref ?? ActorRefs.NoSender!);
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
        Assert.Equal(status.BufferedMessages, status.Totals.Buffered);
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

    internal IProbe Events<T>()
        where T : NatsEvent
    {
        var probe = CreateProbe();
        Subscribe(probe, typeof(T));
        return probe;
    }

    /// <summary>Loses the link and lets the back-off pass, until the next link is asked for.</summary>
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

    /// <summary>Makes a child of the publisher, <c>buffer</c> or <c>connection</c>, fail.</summary>
    internal void Crash(string child)
    {
        Child(Publisher, child).Tell(new Fail("the spec wants it"), ActorRefs.NoSender!);
        Settle();
    }

    /// <summary>Plays a healthy server until the link is given nothing more.</summary>
    internal void Serve(FakeLink link)
    {
        int given;
        do
        {
            Settle();
            given = link.Batches.Count;
            if (given > 0)
            {
                link.ConfirmAll();
            }

            Settle();
        }
        while (link.Batches.Count > given);
    }

    /// <summary>Lets a link write all that it is given, and confirms nothing.</summary>
    internal void Write(FakeLink link)
    {
        int given;
        do
        {
            Settle();
            given = link.Batches.Count;
            link.WrittenAll();
            Settle();
        }
        while (link.Batches.Count > given);
    }

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
}
