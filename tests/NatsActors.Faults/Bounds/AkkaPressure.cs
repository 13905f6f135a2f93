using System.Globalization;
using Akka.Actor;

namespace NatsActors.Faults;

/// <summary>
/// A publisher of an Akka.NET system whose senders never wait: one tells single messages, and one tells batches. Answers are
/// counted on the thread that gives them: an actor in that place would have a mailbox of its own, without a bound, and the
/// continuations of an <c>Ask</c> would queue up before the thread pool.
/// </summary>
internal sealed class AkkaPressure : IPublisherUnderPressure
{
    private const int PayloadBytes = 100;
    private static readonly byte[] Payload = new byte[PayloadBytes];

    private readonly ActorSystem _system;
    private readonly IActorRef _publisher;

    private AkkaPressure(ActorSystem system, IActorRef publisher) => (_system, _publisher) = (system, publisher);

    public static async Task<IPublisherUnderPressure> StartAsync(ActorSystem system, PublisherSettings settings)
    {
        var publisher = NatsPublishers.Get(system).Start(settings);
        // As for the facade: what is told before the actor has started waits in Akka.NET's own queue.
        await publisher.Ask<PublisherStatus>(GetStatus.Instance);
        return new AkkaPressure(system, publisher);
    }

    public IReadOnlyList<Action<long>> Doors(AnswerCheck check)
    {
        var sender = new AnswerRef(((ExtendedActorSystem)_system).Provider, check);
        return
        [
            number => _publisher.Tell(Message(number), sender),
            number => _publisher.Tell(new PublishBatch([Message(number)]) { CorrelationId = Text(number) }, sender),
        ];
    }

    public async Task<LedgerTotals> TotalsAsync() => (await _publisher.Ask<PublisherStatus>(GetStatus.Instance)).Totals;

    public async Task<int> DrainAsync(TimeSpan deadline) => (await _publisher.Ask<Drained>(new Drain(deadline))).Undelivered.Count;

    public async ValueTask DisposeAsync() => await _publisher.GracefulStop(TimeSpan.FromSeconds(5));

    private static Publish Message(long number) => new("bounds", Payload) { CorrelationId = Text(number) };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
