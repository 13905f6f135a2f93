using System.Globalization;
using Akka.Actor;
using NatsActors.Actors;
using NatsActors.Links;

namespace NatsActors.Faults;

/// <summary>
/// A publisher of an Akka.NET system under test, by its reference alone. The sender is an actor: it hears replies and outcomes
/// as an application's actor does.
/// </summary>
internal sealed class AkkaPublisher : IPublisherUnderTest
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Door _door;
    private readonly string _subject;
    private readonly LinkTap _tap;
    private readonly PublisherParts _parts;
    private readonly IActorRef _publisher;
    private readonly IActorRef _sender;
    private int _pauseAsked;

    private AkkaPublisher(ActorSystem system, Door door, string subject, LinkTap tap, PublisherParts parts, IActorRef publisher)
    {
        (_door, _subject, _tap, _parts, _publisher) = (door, subject, tap, parts, publisher);
        _sender = system.ActorOf(Props.Create(() => new SenderActor(Name, Book, Pause, Ended)));
        system.EventStream.Subscribe(_sender, typeof(Closed));
        tap.Fail = new ChildCrash(publisher).Fail;
    }

    public string Name => _parts.Settings.Name;

    public MessageBook Book { get; } = new();

    public bool GivesOutcomes => _door is Door.Outcome or Door.Waiting;

    public string? EndCause { get; private set; }

    public LedgerTotals Totals => _parts.Buffer.Status().Totals;

    public static IPublisherUnderTest Start(ActorSystem system, PublisherSettings settings, Door door, string subject)
    {
        var tap = new LinkTap(new LinkFactory(TimeProvider.System));
        var (publisher, parts) = NatsPublishers.Get(system).Start(settings.Validate(), tap, TimeProvider.System, null);
        return new AkkaPublisher(system, door, subject, tap, parts, publisher);
    }

    public async ValueTask<bool> OfferAsync(int count)
    {
        if (_door == Door.Batch)
        {
            return await OfferBatchAsync(count);
        }

        for (var i = 0; i < count; i++)
        {
            var number = Book.Offer();
            _publisher.Tell(Message(number) with { WantsOutcome = GivesOutcomes }, _sender);
        }

        return Interlocked.Exchange(ref _pauseAsked, 0) == 0;
    }

    public async Task<bool> FlushAsync(TimeSpan timeout) => (await _publisher.Ask<Flushed>(new Flush(timeout))).Completed;

    public async Task<int> DrainAsync(TimeSpan deadline) => (await _publisher.Ask<Drained>(new Drain(deadline))).Undelivered.Count;

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
        await _publisher.GracefulStop(Grace);
        await _sender.GracefulStop(Grace);
    }

    private async Task<bool> OfferBatchAsync(int count)
    {
        var numbers = new long[count];
        var messages = new Publish[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = Book.Offer();
            messages[i] = Message(numbers[i]);
        }

        var reply = await _publisher.Ask<BatchReply>(new PublishBatch(messages));
        for (var i = 0; i < count; i++)
        {
            Book.Answer(numbers[i], i < reply.Accepted);
        }

        return reply.Accepted == count;
    }

    private Publish Message(long number) =>
        new(_subject, Payloads.Create(number)) { CorrelationId = number.ToString(CultureInfo.InvariantCulture) };

    private void Ended(string? cause) => EndCause = cause;

    private void Pause() => Volatile.Write(ref _pauseAsked, 1);

    /// <summary>Enters into the book what it is told, by the correlation id alone.</summary>
    private sealed class SenderActor(string name, MessageBook book, Action pause, Action<string?> ended) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case PublishReply reply:
                    book.Answer(Number(reply.CorrelationId), reply is Ack);
                    if (reply is not Ack)
                    {
                        pause();
                    }

                    break;
                case Undelivered undelivered:
                    book.EndUndelivered(Number(undelivered.CorrelationId), undelivered.Reason.ToString(), undelivered.Detail);
                    break;
                case Stored stored:
                    book.EndStored(Number(stored.CorrelationId), stored.StreamSequence, stored.Duplicate);
                    break;
                case Delivered delivered:
                    book.End(Number(delivered.CorrelationId), MessageState.Delivered);
                    break;
                case Closed closed when closed.Publisher == name:
                    ended(closed.Cause);
                    break;
                case CapacityAvailable or Closed:
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }

        private static long Number(string? correlation) => long.Parse(correlation!, CultureInfo.InvariantCulture);
    }
}
