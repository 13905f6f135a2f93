using System.Globalization;
using Akka.Actor;
using NatsActors;
using OutageLab.Counting;

namespace OutageLab.Load;

/// <summary>The next publisher of the load; null while there is none.</summary>
internal sealed record UsePublisher(IActorRef? Publisher);

/// <summary>
/// The load on NatsActors: an actor that tells batches at the rate of the page and reports every outcome to the book. One batch is
/// under way at a time. Accepted messages have numbers without a gap, also over a change of the publisher; a refused message is
/// counted and not offered again.
/// </summary>
internal sealed class Producer : UntypedActor, IWithTimers
{
    private const int LargestBatch = 256;
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(20);

    private readonly NumberBook _book;
    private readonly OfferCounts _counts;
    private readonly Pace _pace;
    private readonly LoadRate _rate;
    private IActorRef? _publisher;
    private long _accepted;
    private int _due;
    private int _underWay;

    public Producer(NumberBook book, OfferCounts counts, LoadRate rate, TimeProvider time)
    {
        (_book, _counts, _rate) = (book, counts, rate);
        _pace = new Pace(rate, time);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickInterval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick:
                // What a waiting reply holds back is not made up for.
                _due = Math.Min(_due + _pace.Take(), Math.Max(1, _rate.PerSecond / 4));
                SendNext();
                break;
            case BatchReply reply:
                OnReply(reply);
                break;
            case Stored or Delivered:
                Report((Outcome)message, arrived: true);
                break;
            case Undelivered undelivered:
                Report(undelivered, arrived: false);
                break;
            case UsePublisher next:
                _publisher = next.Publisher;
                _due = 0;
                break;
            case CapacityAvailable:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnReply(BatchReply reply)
    {
        _accepted += reply.Accepted;
        _counts.Add(reply.Accepted, _underWay - reply.Accepted);
        _due = reply.Refusal is null ? _due - _underWay : 0;
        _underWay = 0;
        if (reply.Refusal is Rejected { Reason: RejectReason.Draining or RejectReason.Closed })
        {
            _publisher = null;
        }

        SendNext();
    }

    private void Report(Outcome outcome, bool arrived) =>
        _book.Report(long.Parse(outcome.CorrelationId!, CultureInfo.InvariantCulture), arrived);

    private void SendNext()
    {
        var count = Math.Min(_due, LargestBatch);
        if (_publisher is null || _underWay > 0 || count <= 0)
        {
            return;
        }

        _underWay = count;
        _publisher.Tell(new PublishBatch([.. Enumerable.Range(1, count).Select(i => Numbered(_accepted + i))]));
    }

    private static Publish Numbered(long number) => new(Subjects.Actors, NumberedPayload.Create(number))
    {
        CorrelationId = number.ToString(CultureInfo.InvariantCulture),
        WantsOutcome = true,
    };

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }
}
