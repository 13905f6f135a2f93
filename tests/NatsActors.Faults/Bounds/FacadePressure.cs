using System.Globalization;
using Akka.Actor;

namespace NatsActors.Faults;

/// <summary>
/// The facade under pressure: one thread tells its reference, and one calls <c>TryPublish</c>, or with <c>overflow = wait</c>
/// <c>PublishAsync</c>, which it never awaits.
/// </summary>
internal sealed class FacadePressure : IPublisherUnderPressure
{
    private const int PayloadBytes = 100;
    private static readonly byte[] Payload = new byte[PayloadBytes];

    private readonly PublisherSettings _settings;
    private readonly NatsPublisher _publisher;

    private FacadePressure(PublisherSettings settings, NatsPublisher publisher) => (_settings, _publisher) = (settings, publisher);

    public static async Task<IPublisherUnderPressure> StartAsync(PublisherSettings settings)
    {
        var publisher = NatsPublisher.Start(settings);
        // Akka.NET itself keeps what is told before an actor has started. On a busy machine that can be thousands of messages.
        await publisher.Reference.Ask<PublisherStatus>(GetStatus.Instance);
        return new FacadePressure(settings, publisher);
    }

    public IReadOnlyList<Action<long>> Doors(AnswerCheck check)
    {
        var reference = _publisher.Reference;
        var sender = new AnswerRef(((IInternalActorRef)reference).Provider, check);
        Action<long> tell = number =>
            reference.Tell(new Publish("bounds", Payload) { CorrelationId = number.ToString(CultureInfo.InvariantCulture) }, sender);
        Action<long> attempt = number => check.Answer(number, _publisher.TryPublish("bounds", Payload, out _));
        Action<long> publish = number => _ = FollowAsync(number, check);
        return [tell, _settings.Buffer.Overflow == OverflowPolicy.Wait ? publish : attempt];
    }

    public Task<LedgerTotals> TotalsAsync() => Task.FromResult(_publisher.Status.Totals);

    public async Task<int> DrainAsync(TimeSpan deadline) => (await _publisher.DrainAsync(deadline)).Undelivered.Count;

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private async Task FollowAsync(long number, AnswerCheck check) =>
        check.Answer(number, await _publisher.PublishAsync("bounds", Payload) is Ack);
}
