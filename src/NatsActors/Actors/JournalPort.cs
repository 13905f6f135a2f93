using Akka.Actor;
using Akka.Event;
using NatsActors.Buffer;
using NatsActors.Door;

namespace NatsActors.Actors;

/// <summary>Makes the actor that keeps a publisher's pages. The package NatsActors.Persistence has the one implementation.</summary>
internal interface IJournalPlan
{
    /// <summary>The Props of the journal's actor, which starts itself anew after a failure.</summary>
    Props Props(JournalPort publisher);
}

/// <summary>From the journal's actor to the connection actor: what the journal has is in the buffer, and a link may be made.</summary>
internal sealed record JournalRestored : PublisherMessage
{
    public static JournalRestored Instance { get; } = new();
}

/// <summary>From the journal's actor to the buffer actor: the publisher cannot go on.</summary>
internal sealed record JournalLost(string Cause) : PublisherMessage;

/// <summary>
/// What the journal's actor needs of its publisher. Outlives the actor: <see cref="WrittenThrough"/> tells an instance after a failure
/// which events of the journal it knows.
/// </summary>
internal sealed class JournalPort(PublisherParts parts)
{
    private readonly IActorRef _recovered = new RecoveredOutcomes(parts);

    public PublisherSettings Settings => parts.Settings;

    public GuardedBuffer Buffer => parts.Buffer;

    public TimeProvider Time => parts.Time;

    public PublisherClock Clock => parts.Clock;

    public Random Random => parts.Random;

    /// <summary>The dispatcher of the publisher's actors; null for the system's default.</summary>
    public string? Dispatcher => parts.Dispatcher;

    /// <summary>What a process before has left, until it has been told of.</summary>
    public (long Messages, long Bytes) Backlog { get; set; }

    public string PersistenceId => Settings.Durability.PersistenceId is { Length: > 0 } own ? own : $"nats-publisher-{Settings.Name}";

    /// <summary>Tells this process from others with the same persistence id.</summary>
    public string Instance { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The number of the last event that this process has read or written.</summary>
    public long WrittenThrough { get; set; }

    /// <summary>The last sequence of the last page that is known.</summary>
    public long LastPaged { get; set; }

    /// <summary>Puts a message of the journal back. Its outcome goes to the event stream if its sender had asked for it.</summary>
    public void Restore(Span<byte> frame, in PageFrame entry)
    {
        OutcomeTicket? ticket = null;
        if (entry.IsClaimed)
        {
            ticket = new OutcomeTicket(_recovered, entry.CorrelationId);
            ticket.Answered(parts.Door);
        }

        Buffer.Restore(frame, entry, ticket);
    }

    /// <summary>Takes out what had ended before a crash.</summary>
    public void Forget(IReadOnlyList<SequenceRange> ended)
    {
        if (ended.Count > 0)
        {
            parts.Door.Run(GuardedBuffer.StartWithdrawal(ended));
        }
    }

    /// <summary>The journal takes messages.</summary>
    public void Up()
    {
        if (Buffer.Unfinished is var (missing, cause))
        {
            Withdraw(missing, cause);
        }

        var duration = Buffer.OpenJournal();
        var (messages, bytes) = Backlog;
        Backlog = default;
        Raise(new JournalRecovered { Publisher = Settings.Name, Messages = messages, Bytes = bytes, Duration = duration });
        // First: a purge that waited for the journal is done before a link takes what the purge covers.
        parts.Door.WakeBuffer();
        parts.Door.ConnectionActor?.Tell(JournalRestored.Instance);
        parts.Door.WakeJournal();
    }

    /// <summary>The journal failed: whoever waits for it is told, and what it does not have leaves the buffer.</summary>
    public void Failed(string cause)
    {
        var rejected = new Rejected(RejectReason.NotDurable, $"the journal failed: {cause}");
        if (Buffer.JournalFailed(rejected, isNewer: true) is not { } missing)
        {
            return;
        }

        var count = Withdraw(missing, rejected);
        Raise(new JournalFailed { Publisher = Settings.Name, Cause = cause, Rejected = count });
        parts.Door.WakeBuffer();
    }

    /// <summary>A page is in the journal: its messages get their replies.</summary>
    public void Written(long throughSequence, Mark mark)
    {
        var replies = new List<PendingReply>();
        var telling = Buffer.PageWritten(throughSequence, mark, replies);
        try
        {
            Tell(replies);
        }
        finally
        {
            if (telling is { } number)
            {
                Buffer.RepliesTold(number);
            }

            parts.Door.WakeBuffer();
        }
    }

    /// <summary>A mark is in the journal.</summary>
    public void Written(Mark mark)
    {
        Buffer.MarkWritten(mark);
        parts.Door.WakeBuffer();
    }

    /// <summary>The publisher ends: what is not in the journal is rejected.</summary>
    public void End() => Reject(new Rejected(
        RejectReason.Closed, "the publisher ended before the journal confirmed the message; if the journal has it, the next publisher sends it"));

    /// <summary>The publisher cannot go on.</summary>
    public void Lost(string cause) => parts.Door.BufferActor?.Tell(new JournalLost(cause), ActorRefs.NoSender);

    public void Raise(NatsEvent occurrence) => parts.Raise(occurrence);

    private void Reject(Rejected cause)
    {
        if (Buffer.JournalFailed(cause, isNewer: false) is { } missing)
        {
            Withdraw(missing, cause);
        }
    }

    private long Withdraw(SequenceRange missing, Rejected cause)
    {
        var count = missing.Last < missing.First ? 0 : parts.Door.Run(GuardedBuffer.StartWithdrawal([missing]));
        var more = true;
        while (more)
        {
            var replies = new List<PendingReply>();
            more = Buffer.TakeFailed(missing, cause, replies);
            Tell(replies);
        }

        return count;
    }

    private void Tell(List<PendingReply> replies)
    {
        foreach (var reply in replies)
        {
            reply.Tell(parts.Door);
        }
    }

    /// <summary>Senders of a process that is gone: their outcomes are events.</summary>
    private sealed class RecoveredOutcomes(PublisherParts parts) : MinimalActorRef
    {
        public override ActorPath Path => parts.Door.Publisher.Path / "recovered-outcomes";

        public override IActorRefProvider Provider => parts.Provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (message is Outcome outcome)
            {
                parts.Raise(new OutcomeRecovered { Publisher = parts.Settings.Name, Outcome = outcome });
            }
        }
    }
}
