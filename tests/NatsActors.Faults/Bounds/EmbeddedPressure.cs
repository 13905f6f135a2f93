using System.Globalization;
using NatsActors.Embedded;
using NatsActors.Kernel;

namespace NatsActors.Faults;

/// <summary>
/// The embedded facade under pressure: one thread tells into the buffer actor's mailbox, and one calls <c>TryPublish</c>, or
/// with <c>overflow = wait</c> <c>PublishAsync</c>, which it never awaits.
/// </summary>
internal sealed class EmbeddedPressure : IPublisherUnderPressure
{
    private const int PayloadBytes = 100;
    private static readonly byte[] Payload = new byte[PayloadBytes];

    private readonly PublisherSettings _settings;
    private readonly NatsPublisher _publisher;

    private EmbeddedPressure(PublisherSettings settings, NatsPublisher publisher) => (_settings, _publisher) = (settings, publisher);

    public static async Task<IPublisherUnderPressure> StartAsync(PublisherSettings settings) =>
        new EmbeddedPressure(settings, await NatsPublisher.StartAsync(settings));

    public IReadOnlyList<Action<long>> Doors(AnswerCheck check)
    {
        var buffer = ((LocalActorRef)_publisher.Supervisor).Cell.Child("buffer");
        var sender = new Answers(check);
        Action<long> tell = number =>
            buffer.Tell(new Publish("bounds", Payload) { CorrelationId = number.ToString(CultureInfo.InvariantCulture) }, sender);
        Action<long> attempt = number => check.Answer(number, _publisher.TryPublish("bounds", Payload, out _));
        Action<long> publish = number => _ = FollowAsync(number, check);
        return [tell, _settings.Buffer.Overflow == OverflowPolicy.Wait ? publish : attempt];
    }

    public Task<LedgerTotals> TotalsAsync() => Task.FromResult(_publisher.Status.Totals);

    public async Task<int> DrainAsync(TimeSpan deadline) => (await _publisher.DrainAsync(deadline)).Undelivered.Count;

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private async Task FollowAsync(long number, AnswerCheck check) =>
        check.Answer(number, await _publisher.PublishAsync("bounds", Payload) is Ack);

    /// <summary>The sender of the told messages; counts on the thread that answers.</summary>
    private sealed class Answers(AnswerCheck check) : InternalActorRef
    {
        public override ActorPath Path { get; } = new("nats-actors", null, "answers");

        public override void Tell(object message, IActorRef? sender)
        {
            if (message is PublishReply reply)
            {
                check.Answer(long.Parse(reply.CorrelationId!, CultureInfo.InvariantCulture), reply is Ack);
            }
        }
    }
}
