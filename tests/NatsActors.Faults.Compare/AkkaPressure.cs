using System.Globalization;
using Akka.Actor;
using NatsActors.Actors;

namespace NatsActors.Faults.Compare;

/// <summary>
/// A publisher of the Akka.NET host whose senders never wait: one tells the buffer actor, and one the supervisor. Answers are
/// counted on the thread that gives them: an actor in that place would have a mailbox of its own, without a bound, and the
/// continuations of an <c>Ask</c> would queue up before the thread pool.
/// </summary>
internal sealed class AkkaPressure : IPublisherUnderPressure
{
    private const int PayloadBytes = 100;
    private static readonly byte[] Payload = new byte[PayloadBytes];

    private readonly ActorSystem _system;
    private readonly IActorRef _supervisor;
    private readonly IActorRef _buffer;

    private AkkaPressure(ActorSystem system, IActorRef supervisor, IActorRef buffer) =>
        (_system, _supervisor, _buffer) = (system, supervisor, buffer);

    public static async Task<IPublisherUnderPressure> StartAsync(ActorSystem system, PublisherSettings settings)
    {
        var publishers = NatsPublishers.Get(system);
        var supervisor = publishers.Start(settings);
        return new AkkaPressure(system, supervisor, await publishers.GetDirectAsync(settings.Name));
    }

    public IReadOnlyList<Action<long>> Doors(AnswerCheck check)
    {
        var sender = new Answers(_system, check);
        return [number => _buffer.Tell(Message(number), sender), number => _supervisor.Tell(Message(number), sender)];
    }

    public async Task<LedgerTotals> TotalsAsync() => (await _buffer.Ask<PublisherStatus>(GetStatus.Instance)).Totals;

    public async Task<int> DrainAsync(TimeSpan deadline) => (await _buffer.Ask<Drained>(new Drain(deadline))).Undelivered.Count;

    public async ValueTask DisposeAsync() => await _supervisor.GracefulStop(TimeSpan.FromSeconds(5));

    private static Publish Message(long number) => new("bounds", Payload) { CorrelationId = number.ToString(CultureInfo.InvariantCulture) };

    private sealed class Answers(ActorSystem system, AnswerCheck check) : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "answers";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (message is PublishReply reply)
            {
                check.Answer(long.Parse(reply.CorrelationId!, CultureInfo.InvariantCulture), reply is Ack);
            }
        }
    }
}
