using System.Globalization;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using NatsActors.Actors;
using NatsActors.Links;

namespace NatsActors.Faults;

/// <summary>
/// A stream of Akka.Streams into a publisher of an Akka.NET system. The doors with outcomes are flows, whose elements say what became of
/// each message; the others are sinks that count: a sink accepts a prefix of its stream, so its counts say what became of every number.
/// </summary>
internal sealed class StreamPublisher : IPublisherUnderTest
{
    private const int Ahead = 64;
    private const int Parallelism = 2000;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly string _subject;
    private readonly LinkTap _tap;
    private readonly PublisherParts _parts;
    private readonly IActorRef _publisher;
    private readonly Channel<(Publish Message, long Number)> _elements =
        Channel.CreateBounded<(Publish Message, long Number)>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
    private readonly Task _stream;
    private readonly Lock _gate = new();
    private long _last;
    private bool _ended;

    private StreamPublisher(ActorSystem system, Door door, string subject, LinkTap tap, PublisherParts parts, IActorRef publisher)
    {
        (_subject, _tap, _parts, _publisher) = (subject, tap, parts, publisher);
        GivesOutcomes = door is Door.Outcome or Door.Waiting;
        tap.Fail = new ChildCrash(publisher).Fail;
        var source = ChannelSource.FromReader(_elements.Reader);
        var materializer = system.Materializer();
        _stream = GivesOutcomes
            ? source.Via(NatsFlow.Publish<long>(publisher, Parallelism)).RunForeach(each => Enter(each.Result, each.Context), materializer)
            : CountedAsync(source.Select(static each => each.Message).RunWith(NatsSink.PublishAndCount(publisher), materializer));
    }

    public string Name => _parts.Settings.Name;

    public MessageBook Book { get; } = new();

    public bool GivesOutcomes { get; }

    public LedgerTotals Totals => _parts.Buffer.Status().Totals;

    public static IPublisherUnderTest Start(ActorSystem system, PublisherSettings settings, Door door, string subject)
    {
        var tap = new LinkTap(new LinkFactory(TimeProvider.System));
        var (publisher, parts) = NatsPublishers.Get(system).Start(settings.Validate(), tap, TimeProvider.System, null);
        return new StreamPublisher(system, door, subject, tap, parts, publisher);
    }

    /// <summary>Completes when the stream has taken the messages: it waits for room, and never asks for a pause.</summary>
    public async ValueTask<bool> OfferAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var number = Book.Offer();
            var message = new Publish(_subject, Payloads.Create(number)) { CorrelationId = number.ToString(CultureInfo.InvariantCulture) };
            try
            {
                await _elements.Writer.WriteAsync((message, number));
                Written(number);
            }
            catch (ChannelClosedException)
            {
                Book.Answer(number, accepted: false);
                return false;
            }
        }

        return true;
    }

    public async Task<bool> FlushAsync(TimeSpan timeout) => (await _publisher.Ask<Flushed>(new Flush(timeout))).Completed;

    public async Task<int> DrainAsync(TimeSpan deadline)
    {
        var drained = await _publisher.Ask<Drained>(new Drain(deadline));
        _elements.Writer.TryComplete();
        await _stream.WaitAsync(deadline, TimeProvider.System);
        return drained.Undelivered.Count;
    }

    public void ForceReconnect() => _publisher.Tell(NatsActors.ForceReconnect.Instance, ActorRefs.NoSender);

    public bool TryCrash(CrashPoint point)
    {
        _tap.Crash(point);
        if (LinkTap.NeedsAnotherLink(point))
        {
            ForceReconnect();
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _elements.Writer.TryComplete();
        await _publisher.GracefulStop(Grace);
    }

    private void Enter(PublishResult result, long number)
    {
        Book.Answer(number, result.Outcome is not null);
        if (result.Outcome is { } outcome && outcome.CorrelationId != number.ToString(CultureInfo.InvariantCulture))
        {
            throw new InvalidOperationException($"Element {number} came with {outcome}");
        }

        switch (result.Outcome)
        {
            case Undelivered undelivered:
                Book.EndUndelivered(number, undelivered.Reason.ToString(), undelivered.Detail);
                break;
            case Stored stored:
                Book.EndStored(number, stored.StreamSequence, stored.Duplicate);
                break;
            case Delivered:
                Book.End(number, MessageState.Delivered);
                break;
        }
    }

    private void Written(long number)
    {
        lock (_gate)
        {
            _last = number;
            if (_ended && !GivesOutcomes)
            {
                Book.Answer(number, accepted: false);
            }
        }
    }

    private async Task CountedAsync(Task<PublishCounts> counted)
    {
        PublishCounts counts;
        try
        {
            counts = await counted;
        }
        catch (PublishFailedException drained)
        {
            counts = drained.Counts;
        }

        // Whoever waits to write hears that the stream has ended; what lies between was never told.
        _elements.Writer.TryComplete();
        var accepted = counts.Delivered + counts.Stored + counts.Undelivered;
        lock (_gate)
        {
            _ended = true;
            for (var number = 1L; number <= _last; number++)
            {
                Book.Answer(number, number <= accepted);
            }
        }
    }
}
