using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Event;
using NatsActors.Producers;

namespace NatsActors;

/// <summary>
/// An actor's ordered way to a publisher. The actor makes a queue for itself, offers messages to it and hands it the messages that the
/// actor receives. The publisher accepts the messages of the queue exactly in the order in which they were offered, each once, over
/// refusals, outages and crashes of the publisher's actors.
/// </summary>
/// <remarks>
/// <para>
/// Why a queue: after a refusal of message n the publisher may accept message n + 1, so an actor that tells each message and tells the
/// refused ones again later changes their order. The queue has one <see cref="PublishBatch"/> under way at a time. The publisher accepts a
/// prefix of a batch; the rest stays at the head of the queue and goes first when there is room again: at
/// <see cref="CapacityAvailable"/>, or after <see cref="PublishQueueSettings.RetryAfter"/>. After
/// <see cref="RejectReason.NotDurable"/>, from a publisher whose journal is down, the queue keeps the rest and tries again in the same way.
/// </para>
/// <para>
/// Why a part of the actor, as Akka.NET's <c>Stash</c> is, and not a child actor, as Akka.Delivery's <c>ProducerController</c> is: a
/// child's mailbox has no bound, and a child that answers each message with a refusal puts its sender before the same question of order
/// again. <see cref="TryOffer"/> answers before the actor makes its next message, so the limits are exact and the actor knows where to go
/// on.
/// </para>
/// <para>
/// The queue belongs to one instance of one actor. Its members must be called by that actor, while the actor handles a message, starts or
/// stops; elsewhere they throw. No member blocks. An actor that stops or restarts loses what its queue holds, as it loses its fields:
/// call <see cref="Close"/> in <c>PostStop</c> to have the messages that are left. An actor uses at most one queue for a publisher,
/// and publishes to that publisher through the queue alone.
/// </para>
/// <para>
/// Payload arrays must not change while their messages are in the queue. Headers are copied. The <see cref="Outcome"/> of a
/// message with <see cref="Publish.WantsOutcome"/> is told to the actor as usual; <see cref="Publish.CorrelationId"/> says which message it
/// belongs to.
/// </para>
/// <para>
/// A drain, also that of CoordinatedShutdown, ends the queue: what the queue still holds is reported and not sent. An actor that must
/// leave nothing stops offering before the drain and waits until <see cref="Count"/> is 0.
/// </para>
/// <para>
/// A remote publisher: Akka.Remote may lose a batch or its reply. The queue then tells the batch again after
/// <see cref="PublishQueueSettings.ReplyTimeout"/>, so the publisher may accept messages twice; with <see cref="Publish.Id"/> a stream drops
/// the second. The queue does not hear that a remote system is gone: watch the publisher, and call <see cref="Close"/>.
/// </para>
/// </remarks>
/// <example><code>
/// internal sealed class Orders : UntypedActor
/// {
///     private readonly PublishQueue _queue;
///
///     public Orders(IActorRef publisher) =&gt;
///         _queue = PublishQueue.Create(Context, publisher, (message, why) =&gt; Context.GetLogger().Error("{0}: {1}", message.Subject, why));
///
///     protected override void OnReceive(object message)
///     {
///         if (_queue.TryHandle(message))
///         {
///             return; // a reply to the queue; there may be room for more now
///         }
///
///         if (!_queue.TryOffer(Publish.Json("orders.new", (Order)message), out var refusal))
///         {
///             Sender.Tell(refusal); // the queue is full: the one who ordered tries again later
///         }
///     }
/// }
/// </code></example>
public sealed class PublishQueue
{
    private const string AnyPrefix = "publish-queue-";

    private readonly IActorContext _context;
    private readonly IActorRef _self;
    private readonly IActorRef _publisher;
    private readonly Action<Publish, Rejected> _onRejected;
    private readonly PublishQueueSettings _settings;
    private readonly bool _repliesMayBeLost;
    private readonly string _batchPrefix = $"{AnyPrefix}{Guid.NewGuid():N}-";
    private readonly OfferedMessages _messages;
    private readonly BatchSize _size;

    private PublishBatch? _underWay;
    private BufferFull? _full;
    private bool _waits;
    private Rejected? _ended;
    private long _batches;
    private int _told;
    private int _inDoubt;
    private ICancelable? _timer;
    private long _timers;

    private PublishQueue(IActorContext context, IActorRef publisher, Action<Publish, Rejected> onRejected, PublishQueueSettings settings)
    {
        _context = context;
        _self = context.Self;
        _publisher = publisher;
        _onRejected = onRejected;
        _settings = settings;
        // A publisher of this system answers every batch, however long a batch waits for room there.
        _repliesMayBeLost = publisher is not ActorRefWithCell;
        _messages = new OfferedMessages(settings);
        _size = new BatchSize(settings.BatchMessages);
    }

    /// <summary>Messages in the queue: offered, and not accepted by the publisher as far as the queue knows.</summary>
    public int Count => _messages.Count;

    /// <summary>Bytes of these messages, as <see cref="PublishQueueSettings.MaxBytes"/> counts them.</summary>
    public long Bytes => _messages.Bytes;

    /// <summary>How many messages at the head of the queue are in a batch whose reply has not come.</summary>
    public int UnderWay => _underWay?.Messages.Count ?? 0;

    /// <summary>Messages of the queue that the publisher has accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>Makes the queue of an actor. Call it in the actor's constructor or in <c>PreStart</c>.</summary>
    /// <param name="context">The actor's own <c>Context</c>.</param>
    /// <param name="publisher">The publisher, local or remote.</param>
    /// <param name="onRejected">
    /// Called for each message that the publisher refuses for good, in order; not for <see cref="RejectReason.NotDurable"/>. The queue goes on with the next message. When the publisher
    /// drains or has ended, the queue ends, and this is called for everything that is left. Runs inside <see cref="TryHandle"/>. With a
    /// remote publisher whose reply was lost, such a message may have been accepted; <see cref="Rejected.Detail"/> says so then.
    /// </param>
    /// <param name="settings">Limits and waits; null for the defaults.</param>
    /// <exception cref="ArgumentException">The publisher is <c>Nobody</c>.</exception>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    public static PublishQueue Create(
        IActorContext context, IActorRef publisher, Action<Publish, Rejected> onRejected, PublishQueueSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(publisher);
        ArgumentNullException.ThrowIfNull(onRejected);
        if (publisher.IsNobody())
        {
            throw new ArgumentException("The publisher is Nobody; a queue needs the reference of a publisher.", nameof(publisher));
        }

        return new PublishQueue(context, publisher, onRejected, (settings ?? new PublishQueueSettings()).Validate());
    }

    /// <summary>Puts a message at the end of the queue, and sends it as soon as no other batch is under way.</summary>
    /// <param name="message">The message.</param>
    /// <param name="refusal">
    /// Null when the queue has the message. <see cref="BufferFull"/> when a limit of the queue refuses it; then offer it again after
    /// <see cref="TryHandle"/> has returned true. <see cref="Rejected"/> when the queue never takes the message, or has ended.
    /// The counts and limits of the <see cref="BufferFull"/> are the queue's; <see cref="BufferFull.LinkDownFor"/> is what the
    /// publisher said when it refused last, or null.
    /// </param>
    /// <returns>True when the queue has the message.</returns>
    /// <exception cref="InvalidOperationException">The caller is not the queue's actor.</exception>
    public bool TryOffer(Publish message, [NotNullWhen(false)] out PublishReply? refusal)
    {
        ArgumentNullException.ThrowIfNull(message);
        MustBeOwner();
        BufferLimit? full = null;
        var rejected = _ended;
        if (rejected is null && _messages.TryAdd(message, out full, out rejected))
        {
            refusal = null;
            SendNext();
            return true;
        }

        refusal = (rejected ?? (PublishReply)Full(full!.Value)) with { CorrelationId = message.CorrelationId };
        return false;
    }

    /// <summary>
    /// Takes what the publisher and the queue's timers tell the actor. Call it first for every message that the actor receives, in every
    /// behaviour; overriding <c>AroundReceive</c> does that in one place.
    /// </summary>
    /// <param name="message">The message that the actor received.</param>
    /// <returns>
    /// True when the message was meant for the queue: the actor does nothing more with it. There may be room for more messages then.
    /// </returns>
    /// <exception cref="InvalidOperationException">The caller is not the queue's actor.</exception>
    public bool TryHandle(object message)
    {
        MustBeOwner();
        switch (message)
        {
            case BatchReply { CorrelationId: { } id } reply when id.StartsWith(_batchPrefix, StringComparison.Ordinal):
                // A batch that was told twice may be answered twice: the first reply counts.
                if (id == _underWay?.CorrelationId)
                {
                    On(reply, _underWay);
                }

                return true;
            case BatchReply { CorrelationId: { } id } when id.StartsWith(AnyPrefix, StringComparison.Ordinal) && Equals(_context.Sender, _publisher):
            case QueueTimer stale when stale.Queue != this && Equals(stale.Queue._publisher, _publisher):
                // They are for the queue of an instance of this actor before a restart.
                return true;
            case QueueTimer timer when timer.Queue == this:
                if (timer.Number == _timers)
                {
                    OnTimer();
                }

                return true;
            case CapacityAvailable:
                Resume(int.MaxValue);
                return Equals(_context.Sender, _publisher);
            default:
                return false;
        }
    }

    /// <summary>Ends the queue and gives what is left. Afterwards <see cref="TryOffer"/> refuses every message.</summary>
    /// <returns>
    /// The messages in the queue, in order. The first <see cref="UnderWay"/> of them, read before this call, may have been accepted.
    /// </returns>
    /// <exception cref="InvalidOperationException">The caller is not the queue's actor.</exception>
    public IReadOnlyList<Publish> Close()
    {
        MustBeOwner();
        _ended ??= new Rejected(RejectReason.Closed, "the queue is closed");
        _underWay = null;
        Disarm();
        return _messages.TakeAll();
    }

    private void On(BatchReply reply, PublishBatch batch)
    {
        _underWay = null;
        Disarm();
        var accepted = Math.Min(reply.Accepted, batch.Messages.Count);
        for (var i = 0; i < accepted; i++)
        {
            _messages.Take();
        }

        Accepted += accepted;
        switch (reply.Refusal)
        {
            case BufferFull full:
                _full = full;
                Wait();
                break;
            // The journal is down: no message of this queue will be accepted before it works again.
            case Rejected { Reason: RejectReason.NotDurable }:
                Wait();
                break;
            case Rejected { Reason: RejectReason.Draining or RejectReason.Closed } ended:
                _ended = ended;
                _inDoubt = _told > 1 ? batch.Messages.Count - accepted : 0;
                Report(ended, _messages.Count);
                break;
            // The sender's own system could not send the batch as a whole, and does not know which message is at fault.
            case Rejected { Reason: RejectReason.TooLargeForRemote or RejectReason.BadMessage } unsent when batch.Messages.Count > 1 && accepted == 0:
                _size.Shrink(batch.Messages, forGood: unsent.Reason == RejectReason.TooLargeForRemote);
                SendNext();
                break;
            case Rejected rejected:
                Report(rejected, Math.Min(1, _messages.Count));
                break;
            default:
                _size.Grow();
                SendNext();
                break;
        }
    }

    /// <summary>Reports messages at the head, and goes on even if the owner's code throws and the owner is resumed.</summary>
    private void Report(Rejected rejected, int messages)
    {
        try
        {
            for (; messages > 0 && _messages.Count > 0; messages--)
            {
                var message = _messages.Take();
                var detail = _inDoubt-- > 0 ? $"{rejected.Detail}; the message may have been accepted, because its batch was told before" : rejected.Detail;
                _onRejected(message, rejected with { CorrelationId = message.CorrelationId, Detail = detail });
            }
        }
        finally
        {
            if (_ended is null)
            {
                SendNext();
            }
            else if (messages > 0 && _messages.Count > 0)
            {
                Arm(TimeSpan.Zero);
            }
        }
    }

    private void OnTimer()
    {
        if (_ended is not null)
        {
            Report(_ended, _messages.Count);
        }
        else if (_underWay is not null)
        {
            Send(_underWay);
        }
        else
        {
            // One message is enough to find out, and is all that the publisher counts as refused.
            Resume(1);
        }
    }

    private void Wait()
    {
        _waits = true;
        Arm(_settings.RetryAfter);
    }

    private void Resume(int most)
    {
        if (_waits && _ended is null)
        {
            (_waits, _full) = (false, null);
            Disarm();
            SendNext(most);
        }
    }

    private void SendNext(int most = int.MaxValue)
    {
        if (_underWay is null && !_waits && _ended is null && _messages.Count > 0)
        {
            var messages = _messages.First(Math.Min(most, _size.Messages), _size.Bytes);
            _told = 0;
            Send(_underWay = new PublishBatch(messages) { CorrelationId = $"{_batchPrefix}{++_batches}" });
        }
    }

    private void Send(PublishBatch batch)
    {
        if (_repliesMayBeLost)
        {
            Arm(_settings.ReplyTimeout);
        }

        _told++;
        try
        {
            _publisher.Tell(batch, _self);
        }
        catch (Exception)
        {
            // The messages stay at the head of the queue, also when the actor is resumed.
            Arm(_settings.RetryAfter);
            throw;
        }
    }

    private BufferFull Full(BufferLimit limit) => new()
    {
        Limit = limit,
        Messages = _messages.Count,
        Bytes = _messages.Bytes,
        MaxMessages = _settings.MaxMessages,
        MaxBytes = _settings.MaxBytes,
        LinkDownFor = _full?.LinkDownFor,
    };

    private void Arm(TimeSpan wait)
    {
        Disarm();
        _timer = _context.System.Scheduler.ScheduleTellOnceCancelable(wait, _self, new QueueTimer(this, _timers), _self);
    }

    private void Disarm()
    {
        _timers++;
        _timer?.Cancel();
        _timer = null;
    }

    private void MustBeOwner()
    {
        if (!ReferenceEquals(ActorCell.GetCurrentSelfOrNoSender(), _self))
        {
            throw new InvalidOperationException(
                $"The {nameof(PublishQueue)} of {_self.Path} was used outside of its actor. Only the actor that made the queue may use it, "
                + "while that actor handles a message.");
        }
    }

    private sealed record QueueTimer(PublishQueue Queue, long Number) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
}
