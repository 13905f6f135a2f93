using System.Security.Cryptography;
using NatsActors.Buffering;
using NatsActors.Delivery;

namespace NatsActors.Actors;

/// <summary>
/// What must outlive a crash of a child: the buffer with its ledger, those who wait for an answer, and what is known of the
/// connection. Made by <see cref="PublisherActor"/>; touched by the buffer actor alone (<see cref="Connection"/> by the
/// connection actor alone), and by the embedded facade's direct door while the buffer actor does not run.
/// </summary>
internal sealed class PublisherState
{
    private readonly long _started;
    private readonly long _ticksPerMillisecond;

    public PublisherState(PublisherSettings settings, ILinkFactory links, TimeProvider time, Random? random = null)
    {
        Settings = settings;
        Links = links;
        Time = time;
        Random = random ?? Random.Shared;
        _started = time.GetTimestamp();
        _ticksPerMillisecond = Math.Max(1, time.TimestampFrequency / 1000);
        PublisherId = Convert.ToHexString(RandomNumberGenerator.GetBytes(10));
        Outbox = new Outbox(new PublishBuffer(settings.Buffer.MaxBytes, settings.Buffer.MaxMessages));
        Intake = new Intake(settings, Outbox, PublisherId);
        Pressure = new BufferPressure(settings.Buffer, Outbox.Buffer);
        var jetStream = settings.Delivery.Confirm == ConfirmMode.JetStream;
        Window = new FlowWindow(
            jetStream ? Math.Min(settings.JetStream.MaxInFlightBytes, settings.Connection.MaxInFlightBytes) : settings.Connection.MaxInFlightBytes,
            jetStream ? settings.JetStream.MaxInFlightMessages : long.MaxValue / 4);
        Pace = new ReplayPace(settings.Delivery.ReplayRate);
        Poison = new PoisonWatch(settings.Delivery.PoisonAfter);
        Retries = new StreamRetries(settings.JetStream);
        Connection = new ConnectionMemory(settings.Connection, Random);
        Mailbox = new MailboxBound(settings.Buffer, Refused, () => Intake.Full(BufferLimit.Mailbox, Now()));
    }

    public PublisherSettings Settings { get; }

    public ILinkFactory Links { get; }

    public TimeProvider Time { get; }

    public Random Random { get; }

    /// <summary>Random and unique: part of message ids and of the ack inbox.</summary>
    public string PublisherId { get; }

    public Outbox Outbox { get; }

    public PublishBuffer Buffer => Outbox.Buffer;

    public Intake Intake { get; }

    public BufferPressure Pressure { get; }

    public FlowWindow Window { get; }

    public ReplayPace Pace { get; }

    public PoisonWatch Poison { get; }

    public StreamRetries Retries { get; }

    public WaitingLine Waiting { get; } = new();

    /// <summary>Who is owed a <see cref="CapacityAvailable"/>; shared with the threads that the mailbox refuses on.</summary>
    public RefusedSenders Refused { get; } = new();

    public List<PendingFlush> Flushes { get; } = [];

    public DrainState? Drain { get; set; }

    /// <summary>Undelivered messages that nobody asked for, until they are told of together.</summary>
    public Dictionary<UndeliveredReason, (long Count, string? Detail)> Unclaimed { get; } = [];

    public ConnectionMemory Connection { get; }

    /// <summary>The limit on what waits in the buffer actor's mailbox; a host puts it there.</summary>
    public MailboxBound Mailbox { get; }

    /// <summary>The link would take more than the buffer has: whoever adds to it from outside has to wake the actor.</summary>
    public bool Hungry { get; set; }

    /// <summary>A wake-up is on its way.</summary>
    public bool WakeSent { get; set; }

    /// <summary>What the direct door refused since the actor last looked.</summary>
    public (BufferLimit Limit, long Refused) DoorOverflow { get; set; }

    /// <summary>The limit for which the direct door has put a message into the waiting line since the actor last looked.</summary>
    public BufferLimit? DoorJoined { get; set; }

    /// <summary>Of the dropped messages, those that an overflow event has counted.</summary>
    public long DroppedTold { get; set; }

    /// <summary>When the timer for expired messages fires.</summary>
    public long ArmedExpiry { get; set; } = long.MaxValue;

    /// <summary>The direct door has done something that the buffer actor has to act on.</summary>
    public bool NeedsWake =>
        Hungry || DoorOverflow.Refused > 0 || DoorJoined is not null
        || Outbox.Ledger.UndeliveredFor(UndeliveredReason.Dropped) > DroppedTold || Pressure.HighDue || Outbox.NextDeadline < ArmedExpiry;

    /// <summary>What the connection actor reported last.</summary>
    public ConnectionReport Report { get; set; } = new(ConnectionState.Connecting, null, 0, null);

    /// <summary>Milliseconds since the publisher started: the clock of the buffer's ages.</summary>
    public long Now() => (Time.GetTimestamp() - _started) / _ticksPerMillisecond;

    public PublisherStatus Status()
    {
        var now = Now();
        return new PublisherStatus
        {
            State = Report.State,
            Server = Report.Server,
            LinkDownFor = Intake.LinkDownSince is { } since ? TimeSpan.FromMilliseconds(now - since) : null,
            BufferedMessages = Buffer.Messages,
            BufferedBytes = Buffer.Bytes,
            InFlightMessages = Buffer.InFlightMessages,
            InFlightBytes = Buffer.InFlightBytes,
            MaxMessages = Buffer.MaxMessages,
            MaxBytes = Buffer.MaxBytes,
            OldestAge = Buffer.OldestAcceptedAt is { } oldest ? TimeSpan.FromMilliseconds(now - oldest) : null,
            Waiting = Waiting.Messages,
            Totals = Outbox.Ledger.Totals(Buffer),
            Reconnects = Report.Reconnects,
            LastError = Report.LastError,
        };
    }
}

/// <summary>A flush that is not answered yet.</summary>
internal readonly record struct PendingFlush(IActorRef Sender, long ThroughSequence, long Deadline);

/// <summary>A drain: who asked for it, until when, and its result once it is there.</summary>
internal sealed class DrainState(long deadline)
{
    public long Deadline { get; set; } = deadline;

    public List<IActorRef> Askers { get; } = [];

    public Drained? Result { get; set; }
}
