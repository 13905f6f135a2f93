using System.Globalization;
using Akka.Actor;
using NatsActors.Actors;

namespace NatsActors.Faults.Compare;

/// <summary>
/// A publisher of the Akka.NET host under test. Half of the doors go by the supervisor's reference and half by the buffer
/// actor's; the sender is an actor, so that what is told of a message is told as an application hears it.
/// </summary>
internal sealed class AkkaPublisher : IPublisherUnderTest
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Door _door;
    private readonly string _subject;
    private readonly LinkTap _tap;
    private readonly PublisherState _state;
    private readonly IActorRef _supervisor;
    private readonly IActorRef _entrance;
    private readonly IActorRef _sender;
    private int _pauseAsked;

    private AkkaPublisher(ActorSystem system, Door door, string subject, LinkTap tap, PublisherState state, IActorRef supervisor, IActorRef buffer)
    {
        (_door, _subject, _tap, _state, _supervisor) = (door, subject, tap, state, supervisor);
        _entrance = door is Door.Direct or Door.Waiting ? buffer : supervisor;
        _sender = system.ActorOf(Props.Create(() => new SenderActor(Book, Pause)));
        var connection = ((ActorRefWithCell)supervisor).GetSingleChild("connection");
        tap.Fail = ofBuffer => (ofBuffer ? buffer : connection).Tell(new Fail("crash ordered"), ActorRefs.NoSender);
    }

    public string Name => _state.Settings.Name;

    public MessageBook Book { get; } = new();

    public bool GivesOutcomes => _door is Door.Outcome or Door.Waiting;

    /// <summary>Read beside the actor: mid-run the counts may be of different moments, after the drain they are exact.</summary>
    public LedgerTotals Totals => _state.Outbox.Ledger.Totals(_state.Buffer);

    public static async Task<IPublisherUnderTest> StartAsync(ActorSystem system, PublisherSettings settings, Door door, string subject)
    {
        settings.Validate();
        var tap = new LinkTap(NatsPublishers.LinksFor(settings, null));
        var state = new PublisherState(settings, tap, TimeProvider.System);
        var supervisor = system.ActorOf(NatsPublishers.Get(system).PropsOf(settings, () => state));
        var buffer = (await supervisor.Ask<BufferActorRef>(new GetBufferActor())).Actor;
        return new AkkaPublisher(system, door, subject, tap, state, supervisor, buffer);
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
            _entrance.Tell(Message(number) with { WantsOutcome = GivesOutcomes }, _sender);
        }

        return Interlocked.Exchange(ref _pauseAsked, 0) == 0;
    }

    public async Task<bool> FlushAsync(TimeSpan timeout) => (await _entrance.Ask<Flushed>(new Flush(timeout))).Completed;

    public async Task<int> DrainAsync(TimeSpan deadline) => (await _entrance.Ask<Drained>(new Drain(deadline))).Undelivered.Count;

    public void ForceReconnect() => _entrance.Tell(NatsActors.ForceReconnect.Instance, ActorRefs.NoSender);

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
        await _supervisor.GracefulStop(Grace);
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

        var reply = await _entrance.Ask<BatchReply>(new PublishBatch(messages));
        for (var i = 0; i < count; i++)
        {
            Book.Answer(numbers[i], i < reply.Accepted);
        }

        return reply.Accepted == count;
    }

    private Publish Message(long number) =>
        new(_subject, Payloads.Create(number)) { CorrelationId = number.ToString(CultureInfo.InvariantCulture) };

    private void Pause() => Volatile.Write(ref _pauseAsked, 1);

    /// <summary>Enters into the book what it is told, by the correlation id alone.</summary>
    private sealed class SenderActor(MessageBook book, Action pause) : UntypedActor
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
                case CapacityAvailable:
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }

        private static long Number(string? correlation) => long.Parse(correlation!, CultureInfo.InvariantCulture);
    }
}
