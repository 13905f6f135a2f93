using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>
/// What tellers and the buffer actor share: the buffer with its ledger, who waits for room, who was refused, which commands have
/// passed, and the end. The lock is inside. Each method is one short section; no caller's code runs in one: messages are read
/// before, replies and outcomes are told after.
/// </summary>
/// <remarks>
/// This part has the sections of tellers. <c>GuardedBuffer.Actor.cs</c> and <c>GuardedBuffer.Link.cs</c> have those of the buffer
/// actor, for senders and for a link; <c>GuardedBuffer.Outcomes.cs</c> has those of the telling of outcomes;
/// <c>GuardedBuffer.Ending.cs</c> has those of a drain and of the end; <c>GuardedBuffer.Capacity.cs</c> has those of messages and tasks
/// that wait for room; <c>GuardedBuffer.Durable.cs</c> and <c>GuardedBuffer.Marks.cs</c> have those of a journal. A teller leaves flags for
/// the buffer actor here; <see cref="TryWake"/> says when the actor has to be woken.
/// </remarks>
internal sealed partial class GuardedBuffer
{
    /// <summary>Messages of a batch that are accepted in one section; between two sections others may be accepted.</summary>
    public const int BatchSection = 256;

    /// <summary>Commands that may wait for the buffer actor. A busy actor handles thousands a second.</summary>
    private const int MaxCommands = 10_000;

    private static readonly string TooManyCommands = $"more than {MaxCommands} commands wait for the publisher";

    private readonly Lock _gate = new();
    private readonly PublisherSettings _settings;
    private readonly PublisherClock _clock;
    private readonly IAgeMeter? _ages;
    private readonly Outbox _outbox;
    private readonly Intake _intake;
    private readonly BufferPressure _pressure;
    private readonly WaitingLine _waiting = new();
    private readonly RefusedSenders _refused = new();
    private readonly Queue<PassedPurge> _commands = new();
    private readonly FlushLine _flushes = new();
    private ConnectionReport _report = ConnectionReport.Initial;
    private long? _linkDownSince = 0;

    // For the buffer actor: the link would take more than the buffer has; an episode or a wait has begun; a wake-up is on its way.
    private bool _hungry;
    private bool _wakeSent = true;
    private bool _lineJoined;
    private bool _capacityDue;
    private BufferLimit? _overflowBegan;
    private long _armedExpiry = long.MaxValue;

    public GuardedBuffer(PublisherSettings settings, PublisherClock clock, string publisherId, IAgeMeter? ages = null)
    {
        _settings = settings;
        _clock = clock;
        _ages = ages;
        _outbox = new Outbox(new PublishBuffer(settings.Buffer.MaxBytes, settings.Buffer.MaxMessages), ages);
        _intake = new Intake(settings, _outbox, publisherId);
        Atomic = new AtomicIntake(settings, _intake);
        if (settings.Durability.Journal.Length > 0)
        {
            _journal = JournalState.Recovering;
            _journalDownSince = 0;
            Buffer.UseJournal();
        }

        _pressure = new BufferPressure(settings.Buffer, _outbox.Buffer);
        DropsOldest = settings.Buffer.Overflow == OverflowPolicy.DropOldest;
    }

    /// <summary>The prefix of the reply subjects that PubAcks come to; null without JetStream confirmation.</summary>
    public string? AckInbox => _intake.AckInbox;

    /// <summary>Reads atomic batches, beside the lock.</summary>
    public AtomicIntake Atomic { get; }

    /// <summary>Whether accepting a message can end others, whose outcomes are then due.</summary>
    public bool DropsOldest { get; }

    /// <summary>The counts, for metrics, which read them beside the lock.</summary>
    public Ledger Ledger => _outbox.Ledger;

    /// <summary>The buffer, for metrics, which read it beside the lock.</summary>
    public PublishBuffer Buffer => _outbox.Buffer;

    public bool HasLink => Volatile.Read(ref _report).Server is not null;

    public ConnectionState State => Volatile.Read(ref _report).State;

    /// <summary>Whether the last server is known to take headers.</summary>
    public bool TakesHeaders => _intake is { ServerTakesHeaders: true, MaxPayload: < long.MaxValue };

    /// <summary>The <c>max_payload</c> of the last server; unknown until the first link.</summary>
    public long MaxPayload => _intake.MaxPayload;

    /// <summary>The age of the oldest message; zero without one.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            lock (_gate)
            {
                return TimeSpan.FromMilliseconds(Buffer.OldestAcceptedAt is { } oldest ? _clock.Now() - oldest : 0);
            }
        }
    }

    public long Reconnects => Volatile.Read(ref _report).Reconnects;

    /// <summary>Attempts to make a link since the last one was lost.</summary>
    public long Attempts => Volatile.Read(ref _report).Attempts;

    public PublisherStatus Status()
    {
        lock (_gate)
        {
            var now = _clock.Now();
            var buffer = _outbox.Buffer;
            return new PublisherStatus
            {
                State = _report.State,
                Server = _report.Server,
                LinkDownFor = LinkDownFor(now),
                BufferedMessages = buffer.Messages,
                BufferedBytes = buffer.Bytes,
                UndurableMessages = buffer.UndurableMessages,
                JournalDownFor = IsDurable && _journal != JournalState.Up ? TimeSpan.FromMilliseconds(now - (_journalDownSince ?? 0)) : null,
                InFlightMessages = buffer.InFlightMessages,
                InFlightBytes = buffer.InFlightBytes,
                MaxMessages = buffer.MaxMessages,
                MaxBytes = buffer.MaxBytes,
                OldestAge = buffer.OldestAcceptedAt is { } oldest ? TimeSpan.FromMilliseconds(now - oldest) : null,
                Waiting = _waiting.Messages,
                Totals = _outbox.Ledger.Totals(buffer),
                Reconnects = _report.Reconnects,
                LastError = _report.LastError,
            };
        }
    }

    /// <summary>Accepts one message, or refuses it; a message that waits for room gets no reply yet.</summary>
    /// <param name="message">The message as it was read.</param>
    /// <param name="original">The caller's record, kept while it waits for room; null for a message that never waits.</param>
    /// <param name="ticket">Whom its outcome belongs to.</param>
    /// <param name="sender">Who gets the reply if the message waits.</param>
    /// <param name="refusal">Why the message was not accepted; null when it was, or when it waits.</param>
    /// <param name="wake">The buffer actor has something to do: the caller wakes it.</param>
    /// <returns>The sequence; 0 when the message was not accepted, or has its reply later.</returns>
    public long Accept(
        in Incoming message, Publish? original, OutcomeTicket? ticket, IActorRef? sender, out PublishReply? refusal, out bool wake)
    {
        var rejected = _intake.Check(message);
        var frame = rejected is null ? _intake.Measure(message) : default;
        var now = _clock.Now();
        lock (_gate)
        {
            rejected = Shut ?? rejected;
            BufferLimit limit = default;
            var sequence = rejected is null
                ? _intake.Accept(message, frame, ticket, MustWait, now, out rejected, out limit)
                : 0;
            refusal = sequence > 0 ? null
                : rejected is not null ? Reject(rejected, message.CorrelationId)
                : original is not null && TryWait(original, message, ticket, sender, ref limit) ? null
                : Refuse(limit, 1, _intake.LastSize) with { CorrelationId = message.CorrelationId };
            if (DropsOldest)
            {
                NoteDropped();
            }

            wake = NoteWake();
            if (sequence > 0 && IsDurable)
            {
                Pend(message, ticket, sender, sequence);
                return 0;
            }

            return sequence;
        }
    }

    /// <summary>Accepts messages of a batch, in order, until one is refused. Their payloads and headers must be read already.</summary>
    /// <param name="messages">At most <see cref="BatchSection"/> messages.</param>
    /// <param name="tickets">The claims on outcomes, by message.</param>
    /// <param name="shared">The claim on all outcomes; null when the messages have tickets of their own.</param>
    /// <param name="behindWaiting">Whether the batch has to wait behind others; only for its first section.</param>
    /// <param name="pending">What the reply waits for, with a journal; null without one.</param>
    /// <param name="first">The sequence of the first message that was accepted.</param>
    /// <param name="rejected">Why the next message is refused for good.</param>
    /// <param name="limit">The limit that the next message hit; null when all were accepted, or one was rejected.</param>
    /// <returns>How many were accepted.</returns>
    public int AcceptSection(
        ReadOnlySpan<Publish> messages, ReadOnlySpan<OutcomeTicket?> tickets, BatchTicket? shared, bool behindWaiting, PendingReply? pending,
        out long first, out Rejected? rejected, out BufferLimit? limit)
    {
        var now = _clock.Now();
        first = 0;
        rejected = null;
        limit = null;
        lock (_gate)
        {
            var accepted = 0;
            for (; accepted < messages.Length; accepted++)
            {
                var message = Incoming.Of(messages[accepted], null);
                rejected = Shut ?? pending?.Failure ?? _intake.Check(message);
                BufferLimit hit = default;
                var sequence = rejected is not null ? 0 : _intake.Accept(
                    message, _intake.Measure(message), shared ?? (object?)(tickets.IsEmpty ? null : tickets[accepted]), behindWaiting && MustWait, now, out rejected, out hit);
                if (sequence == 0)
                {
                    limit = rejected is null ? hit : null;
                    Need(rejected is null ? _intake.LastSize : 0);
                    break;
                }

                first = first == 0 ? sequence : first;
            }

            if (pending is not null && accepted > 0)
            {
                Pend(pending, new SequenceRange(first, first + accepted - 1));
            }

            NoteDropped();
            return accepted;
        }
    }

    /// <summary>Refuses messages for a limit.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="messages">How many.</param>
    /// <param name="size">Wire bytes of the first; 0 when they are noted already.</param>
    public BufferFull Refuse(BufferLimit limit, int messages, int size = 0)
    {
        lock (_gate)
        {
            Need(size);
            _outbox.Ledger.AddRefused(limit, messages);
            NoteOverflow(limit, messages, 0);
            return Full(limit);
        }
    }

    /// <summary>Something outside of the buffer refuses the message: it is counted.</summary>
    public Rejected Reject(Rejected rejected, string? correlationId)
    {
        lock (_gate)
        {
            _outbox.Ledger.Rejected++;
            return correlationId is null ? rejected : rejected with { CorrelationId = correlationId };
        }
    }

    /// <summary>A sender was told of a refusal, and is to hear when there is room again.</summary>
    public void NoteRefused(IActorRef sender)
    {
        lock (_gate)
        {
            _refused.Note(sender);
            // The buffer may have been emptied between the refusal and this note.
            _capacityDue |= _refused.Any && HasRoom;
        }
    }

    /// <summary>A command passes the door.</summary>
    /// <returns>The reply when there is one at once: the publisher has ended, or too many commands wait.</returns>
    public object? Pass(object command, IActorRef? sender)
    {
        lock (_gate)
        {
            var through = _outbox.Buffer.NextSequence - 1;
            if (_closedTold)
            {
                return command switch { Flush => new Flushed(true, 0), Drain => _result, _ => new Purged(0) };
            }

            switch (command)
            {
                case Drain drain:
                    BeginDrain(_clock.After(drain.Deadline));
                    if (_drainAskers.Count < MaxCommands)
                    {
                        _drainAskers.Add(sender);
                        return null;
                    }

                    return new Drained(_outbox.Ledger.Totals(Buffer), []) { Error = TooManyCommands };
                case Flush flush when _flushes.Count < MaxCommands:
                    _flushes.Add(new PendingFlush(sender, through, _clock.After(flush.Timeout)));
                    _flushJoined = true;
                    return null;
                case Flush:
                    return new Flushed(false, _outbox.Buffer.CountThrough(through));
                case Purge purge when _commands.Count < MaxCommands:
                    _commands.Enqueue(new PassedPurge(purge, through, sender));
                    return null;
                default:
                    return new Purged(0) { Error = TooManyCommands };
            }
        }
    }

    /// <summary>The buffer actor has something to do and does not know of it: the caller wakes it, once.</summary>
    public bool TryWake()
    {
        lock (_gate)
        {
            return NoteWake();
        }
    }

    private bool NoteWake()
    {
        if (_wakeSent || !((_hungry && (!IsDurable || Buffer.HasTakeable)) || _lineJoined || _capacityDue || _flushJoined || _drainJoined || _overflowBegan is not null
            || (_commands.Count > 0 && IsWhole) || _pressure.HighDue || CapacityOwed || _outbox.NextDeadline < _armedExpiry || (_unclaimed.Count > 0 && !_unclaimedArmed)))
        {
            return false;
        }

        return _wakeSent = true;
    }

    private TimeSpan? LinkDownFor(long now) =>
        _linkDownSince is { } since && _report.State != ConnectionState.Closed ? TimeSpan.FromMilliseconds(now - since) : null;

    /// <summary>Why nothing is accepted; null while something is.</summary>
    private Rejected? Shut => _intake.Ended is { } ended ? Refusal(ended) : _journalDown;

    private Rejected Refusal(RejectReason ended) => new(
        ended,
        ended == RejectReason.Draining ? "the publisher drains"
            : _endCause is null ? "the publisher has ended"
            : $"the publisher has ended: {_endCause}");

    private BufferFull Full(BufferLimit limit) => new()
    {
        Limit = limit,
        Messages = _outbox.Buffer.Messages,
        Bytes = _outbox.Buffer.Bytes,
        MaxMessages = _outbox.Buffer.MaxMessages,
        MaxBytes = _outbox.Buffer.MaxBytes,
        LinkDownFor = LinkDownFor(_clock.Now()),
    };

    private void NoteOverflow(BufferLimit limit, long refused, long dropped)
    {
        if (_pressure.Overflowed(refused, dropped))
        {
            _overflowBegan = limit;
        }
    }

    private void NoteDropped()
    {
        var dropped = _outbox.Ledger.UndeliveredFor(UndeliveredReason.Dropped) - _droppedTold;
        if (dropped > 0)
        {
            _droppedTold += dropped;
            NoteOverflow(_outbox.Buffer.Messages >= _outbox.Buffer.MaxMessages ? BufferLimit.Messages : BufferLimit.Bytes, 0, dropped);
        }
    }
}
