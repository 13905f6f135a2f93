using NatsActors.Links;

namespace NatsActors.Faults;

/// <summary>The facade under test: a <see cref="NatsPublisher"/> with an actor system of its own.</summary>
internal sealed class FacadePublisher : IPublisherUnderTest
{
    private readonly Door _door;
    private readonly string _subject;
    private readonly LinkTap _tap;
    private readonly NatsPublisher _publisher;
    private int _pauseAsked;

    private FacadePublisher(Door door, string subject, string name, LinkTap tap, NatsPublisher publisher)
    {
        (_door, _subject, Name, _tap, _publisher) = (door, subject, name, tap, publisher);
        publisher.EventRaised += occurrence => EndCause = (occurrence as Closed)?.Cause ?? EndCause;
        tap.Fail = new ChildCrash(publisher.Reference).Fail;
    }

    public string Name { get; }

    public MessageBook Book { get; } = new();

    public bool GivesOutcomes => _door is Door.Outcome or Door.Waiting;

    public string? EndCause { get; private set; }

    public LedgerTotals Totals => _publisher.Status.Totals;

    public static IPublisherUnderTest Start(PublisherSettings settings, Door door, string subject)
    {
        var tap = new LinkTap(new LinkFactory(TimeProvider.System));
        var publisher = NatsPublisher.Start(settings.Validate(), tap, null, TimeProvider.System, null, null);
        return new FacadePublisher(door, subject, settings.Name, tap, publisher);
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
            if (_door == Door.Direct)
            {
                var accepted = _publisher.TryPublish(_subject, Payloads.Create(number), out _);
                Book.Answer(number, accepted);
                if (!accepted)
                {
                    return false;
                }
            }
            else
            {
                _ = FollowAsync(number);
            }
        }

        return Interlocked.Exchange(ref _pauseAsked, 0) == 0;
    }

    public async Task<bool> FlushAsync(TimeSpan timeout) => (await _publisher.FlushAsync(timeout)).Completed;

    public async Task<int> DrainAsync(TimeSpan deadline) => (await _publisher.DrainAsync(deadline)).Undelivered.Count;

    public void ForceReconnect() => _publisher.ForceReconnect();

    public bool TryCrash(CrashPoint point)
    {
        _tap.Crash(point);
        if (LinkTap.NeedsAnotherLink(point))
        {
            ForceReconnect();
        }

        return true;
    }

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private async Task FollowAsync(long number)
    {
        var payload = Payloads.Create(number);
        var (reply, outcome) = await _publisher.PublishForOutcomeAsync(new Publish(_subject, payload));
        Book.Answer(number, reply is Ack);
        switch (outcome)
        {
            case null:
                Volatile.Write(ref _pauseAsked, 1);
                break;
            case Undelivered undelivered:
                Book.EndUndelivered(number, undelivered.Reason.ToString(), undelivered.Detail);
                break;
            case Stored stored:
                Book.EndStored(number, stored.StreamSequence, stored.Duplicate);
                break;
            default:
                Book.End(number, MessageState.Delivered);
                break;
        }
    }

    private async Task<bool> OfferBatchAsync(int count)
    {
        var numbers = new long[count];
        var messages = new Publish[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = Book.Offer();
            messages[i] = new Publish(_subject, Payloads.Create(numbers[i]));
        }

        var reply = await _publisher.PublishAsync(messages);
        for (var i = 0; i < count; i++)
        {
            Book.Answer(numbers[i], i < reply.Accepted);
        }

        return reply.Accepted == count;
    }
}
