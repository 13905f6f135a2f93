using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;
using NatsActors;

namespace AkkaWorker;

/// <summary>
/// Publishes the numbers 1, 2, 3, ... to its subject, in order and without a gap. One batch is under way at a time: of a batch
/// that does not fit, the publisher takes the beginning, and the rest goes first when there is room again.
/// </summary>
internal sealed class Producer : UntypedActor, IWithTimers
{
    private const int LargestBatch = 256;
    private const int TicksPerSecond = 10;

    // Told by the publisher when there is room. The timer is for the case that the message is lost with this actor's restart.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _publisher;
    private readonly string _subject;
    private readonly int _perTick;
    private long _made;
    private long _accepted;
    private bool _underWay;

    public Producer(IActorRef publisher, string subject, int perSecond)
    {
        _publisher = publisher;
        _subject = subject;
        _perTick = Math.Max(1, perSecond / TicksPerSecond);
    }

    private enum Signal
    {
        Tick,
        Retry,
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(Signal.Tick, Signal.Tick, TimeSpan.FromSeconds(1.0 / TicksPerSecond));

    protected override void PostStop() => _log.Info("{0}: {1} messages accepted", _subject, _accepted);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Signal.Tick:
                _made += _perTick;
                SendNext();
                break;
            case BatchReply reply:
                _underWay = false;
                _accepted += reply.Accepted;
                OnRefusal(reply.Refusal);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnRefusal(PublishReply? refusal)
    {
        switch (refusal)
        {
            case null:
                SendNext();
                break;
            case BufferFull full:
                _log.Warning("{0}: buffer full ({1}, {2} messages, no link for {3}); nothing new is made until there is room",
                    _subject, full.Limit, full.Messages, full.LinkDownFor);
                _made = _accepted;
                Timers.StartSingleTimer(Signal.Retry, Signal.Retry, LongestWait);
                Become(Waiting);
                break;
            case Rejected { Reason: RejectReason.Draining or RejectReason.Closed }:
                Context.Stop(Self);
                break;
            case Rejected rejected:
                _log.Error("{0}: {1}: {2}", _subject, rejected.Reason, rejected.Detail);
                Context.Stop(Self);
                break;
        }
    }

    /// <summary>There was no room: waits for it instead of asking again and again.</summary>
    private void Waiting(object message)
    {
        switch (message)
        {
            case CapacityAvailable or Signal.Retry:
                Timers.Cancel(Signal.Retry);
                Become(OnReceive);
                break;
            case Signal.Tick:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void SendNext()
    {
        var count = (int)Math.Min(_made - _accepted, LargestBatch);
        if (_underWay || count == 0)
        {
            return;
        }

        _underWay = true;
        _publisher.Tell(new PublishBatch([.. Enumerable.Range(1, count).Select(i => Numbered(_accepted + i))]));
    }

    private Publish Numbered(long number) =>
        new(_subject, Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
}
