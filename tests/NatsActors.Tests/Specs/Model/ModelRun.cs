using Akka.Actor;
using Akka.Event;
using NatsActors.Links;

namespace NatsActors.Specs.Model;

/// <summary>
/// One run: a real publisher over links that the run plays, and the book that is kept of it. This part takes the steps and looks
/// at what they led to; the others say what the steps do.
/// </summary>
internal sealed partial class ModelRun : ActorSpec
{
    /// <summary>The actors' timers count whole milliseconds, and the clock moves by ten of them.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(30);

    private readonly ModelPlan _plan;
    private readonly ModelBook _book;
    private readonly JournalBook? _journal;
    private readonly ModelEvents _events;
    private readonly List<ModelLink> _links = [];
    private readonly List<PendingAsk> _asks = [];
    private readonly List<ModelMessage> _mustEnd = [];
    private readonly List<string> _trace = [];
    private readonly Probe[] _senders;
    private readonly bool[] _owedCapacity;
    private readonly Probe _eventProbe;
    private readonly Probe _unhandled;
    private readonly IActorRef _buffer;
    private readonly IActorRef _connection;
    private readonly long _started;
    private Drained? _drained;
    private long _purged;
    private TimeSpan _stalledUntil;
    private TimeSpan _lookedAt;
    private long _maxPayload = long.MaxValue;
    private int _causesToClose;

    public ModelRun(ModelPlan plan)
        : base(new Random(plan.Seed))
    {
        _plan = plan;
        _journal = ModelPlan.IsDurable(plan.Settings) ? new JournalBook(Journal) : null;
        _book = new ModelBook(plan.Settings, _journal);
        _started = Time.GetTimestamp();
        _senders = [CreateProbe(), CreateProbe(), CreateProbe()];
        _owedCapacity = new bool[_senders.Length];
        _events = new ModelEvents();
        _eventProbe = Events<NatsEvent>();
        _unhandled = UnhandledMessages();
        Journal.IsHeld = true;
        StartPublisher(plan.Settings);
        _buffer = Child("buffer");
        _connection = Child("connection");
    }

    /// <summary>What the steps did, for the report of a failure.</summary>
    public IReadOnlyList<string> Trace => _trace;

    /// <summary>How many messages were told, with those of batches.</summary>
    public int Messages => _book.NextNumber - 1;

    private PublisherSettings Settings => _plan.Settings;

    private TimeSpan Elapsed => Time.GetElapsedTime(_started);

    /// <summary>The link that the publisher asked for last, if it lives.</summary>
    private ModelLink? Current => _links.Count > 0 && _links[^1].Alive ? _links[^1] : null;

    public void Play()
    {
        Look();
        for (var i = 0; i < _plan.Steps.Count; i++)
        {
            if (!_plan.Steps[i].WithNext)
            {
                Do(_plan.Steps[i]);
                Look();
                continue;
            }

            using (Block("buffer"))
            {
                for (; i < _plan.Steps.Count && _plan.Steps[i].WithNext; i++)
                {
                    Do(_plan.Steps[i]);
                }

                if (i < _plan.Steps.Count)
                {
                    Do(_plan.Steps[i]);
                }
            }

            _stalledUntil = Elapsed;
            // What a link reported together with its end, or with a crash, may have come too late.
            _mustEnd.Clear();
            _links.ForEach(link => link.Refused = null);
            Look();
        }

        End();
    }

    /// <summary>Lets the actors come to rest, and checks all that can be seen.</summary>
    private void Look()
    {
        Settle();
        NoteClaims();
        NoteLinks();
        _lookedAt = Elapsed;
        for (var i = 0; i < _senders.Length; i++)
        {
            foreach (var message in _senders[i].TakeAll())
            {
                NoteReply(message, i);
            }
        }

        _book.CheckDropped();
        NoteAnswers();
        foreach (var occurrence in _eventProbe.TakeAll())
        {
            Say($"    {Brief((NatsEvent)occurrence)}");
            _events.On((NatsEvent)occurrence);
        }

        foreach (var occurrence in _unhandled.TakeAll())
        {
            Check(false, $"not handled: {((UnhandledMessage)occurrence).Message}");
        }

        foreach (var link in _links)
        {
            link.Gone = !link.Alive;
        }

        _journal?.Settled(Status().JournalDownFor is null);
        CheckRefused();
        CheckMustEnd();
        CheckOverdue();
        CheckStatus();
        Check(_links.Count(link => link.Link.Closed) <= _causesToClose, "a link was closed without a cause: an actor failed by itself");
    }

    /// <summary>A message that was told together with a link's beginning may be accepted before the server's limit is known.</summary>
    private void NoteClaims()
    {
        foreach (var message in _book.Accepted.Concat(_book.Unanswered))
        {
            message.MayBeTooLarge |= message.Publish.Payload.Length + 300 > _maxPayload;
        }

        _maxPayload = long.MaxValue;
    }

    private void NoteReply(object message, int sender)
    {
        Say($"    -> {sender}: {message}");
        switch (message)
        {
            case PublishReply reply:
                _book.OnReply(reply, Elapsed);
                _owedCapacity[sender] |= reply is BufferFull;
                break;
            case BatchReply reply:
                _book.OnReply(reply, Elapsed);
                _owedCapacity[sender] |= reply.Refusal is BufferFull;
                break;
            case Outcome outcome:
                _book.OnOutcome(outcome, Elapsed);
                break;
            case CapacityAvailable:
                Check(_owedCapacity[sender], "CapacityAvailable without a BufferFull before it");
                _owedCapacity[sender] = false;
                break;
            default:
                Check(false, $"nobody asked for {message}");
                break;
        }
    }

    private void NoteLinks()
    {
        var opened = Links.Opened;
        for (var i = _links.Count; i < opened.Count; i++)
        {
            // Some links take their time to end after they were told to.
            opened[i].LostOnClose = i % 4 != 3;
            _links.Add(new ModelLink(opened[i]));
            Say($"    link {opened[i].Epoch} to {opened[i].Request.Server} is asked for");
        }

        foreach (var link in _links)
        {
            var frames = link.Link.Frames;
            for (; link.FramesSeen < frames.Count; link.FramesSeen++)
            {
                var frame = frames[link.FramesSeen];
                Say($"    link {link.Link.Epoch} is given {frame.Sequence}");
                var before = _book.Find(frame.Sequence);
                Check(before?.Outcome is null, $"sent after its outcome: {before}");
                _book.OnSent(frame, link, _lookedAt);
            }

        }
    }

    /// <summary>What a live link has confirmed has its outcome when all is at rest.</summary>
    private void CheckMustEnd()
    {
        foreach (var message in _mustEnd)
        {
            // The outcome of a message whose batch still waits for room comes behind the reply to the batch.
            Check(message.Outcome is not null || !message.Publish.WantsOutcome || !message.Answered, $"the link has confirmed it, and no outcome came: {message}");
        }

        _mustEnd.Clear();
    }

    private void CheckRefused()
    {
        foreach (var link in _links.Where(link => link.Refused is not null && link.SentSinceRefusal > 0))
        {
            Check(link.Refused!.Outcome is not null || link.SentSinceRefusal <= link.Refused.Sequence,
                $"sequence {link.SentSinceRefusal} was sent behind a refusal that may pass, before {link.Refused}");
            link.Refused = null;
        }
    }

    private void CheckOverdue()
    {
        foreach (var message in _book.Unanswered)
        {
            message.ReceivedBy ??= Elapsed;
            var waits = (Settings.Buffer.Overflow == OverflowPolicy.Wait || _journal is { WasUp: false })
                && !_events.HasClosed && !IsLate(message.ReceivedBy.Value, Settings.Buffer.WaitTimeout);
            Check(waits || (_journal is not null && (Journal.Waiting > 0 || _journal.Kills > 0) && !_events.HasClosed), $"no answer came to {message}");
        }

        // A purge waits until the journal has been read: before that nobody knows what there is to purge.
        foreach (var ask in _asks.Where(ask => ask.Question is not Purge || _journal is not { WasUp: false }))
        {
            ask.ReceivedBy ??= Elapsed;
            Check(!IsLate(ask.ReceivedBy.Value, ask.Patience), $"no answer came to {ask.Question}");
        }
    }

    /// <summary>An actor that could not run keeps its times from when it can again.</summary>
    private bool IsLate(TimeSpan since, TimeSpan patience)
    {
        var due = since + patience;
        return Elapsed > (due > _stalledUntil ? due : _stalledUntil) + Slack;
    }

    private void CheckStatus()
    {
        var status = Status();
        var totals = status.Totals;
        var unanswered = _book.Unanswered.Count();
        Check(totals.Accepted >= _book.AcceptedCount && totals.Accepted <= _book.AcceptedCount + unanswered + _book.NotDurable,
            $"{_book.AcceptedCount} were accepted and {unanswered} have no answer; the ledger says: {totals}");
        // What was refused of a batch is counted before the journal has the rest, and its reply is told.
        var (refused, rejected) = _journal is null ? (0, 0) : (unanswered + _book.NotDurableOfBatches, _book.OpenBatches);
        Check(totals.Refused >= _book.Refused && totals.Refused <= _book.Refused + refused
            && totals.Rejected >= _book.Rejected && totals.Rejected <= _book.Rejected + rejected,
            $"{_book.Refused} were refused and {_book.Rejected} rejected; the ledger says: {totals}");
        Check(status.UndurableMessages <= unanswered, $"{unanswered} have no answer, {status.UndurableMessages} wait for the journal");
        // The instance behind one that was killed answers those who wait.
        Check(status.UndurableMessages == 0 || _journal is { Kills: > 0 } || (Journal.Waiting > 0 && status.JournalDownFor is null),
            $"{status.UndurableMessages} wait for a journal that does nothing");
        Check(status.Waiting <= Settings.Buffer.WaitMaxMessages, $"{status.Waiting} wait");
        Check(Settings.Delivery.Confirm != ConfirmMode.JetStream || status.InFlightMessages <= Settings.JetStream.MaxInFlightMessages,
            $"{status.InFlightMessages} are in flight");
        Check(status.InFlightMessages == 1 || status.InFlightBytes <= Settings.Connection.MaxInFlightBytes + Settings.Buffer.MaxBytes / 2,
            $"{status.InFlightBytes} bytes are in flight");
        var connected = status.State is ConnectionState.Connected or ConnectionState.Draining;
        Check(connected == status.Server is not null, $"{status.State} to {status.Server ?? "no server"}");
        Check(_events.HasClosed == (status.State == ConnectionState.Closed), $"{status.State}, and Closed was {(_events.HasClosed ? "" : "not ")}told");
        Check(_events.HasClosed || _events.IsConnected == connected, $"{status.State}, and the last event says otherwise");
    }

    private static void Check(
        [System.Diagnostics.CodeAnalysis.DoesNotReturnIf(false)] bool holds, string violation) => ModelBook.Check(holds, violation);

    private void Say(string line) => _trace.Add(line);

    private static string Brief(NatsEvent occurrence) => occurrence switch
    {
        Disconnected lost => $"Disconnected ({lost.Kind}: {lost.Detail})",
        MessagesUndelivered undelivered => $"MessagesUndelivered ({undelivered.Reason}, {undelivered.Count})",
        _ => occurrence.GetType().Name,
    };

    /// <summary>A question that is not answered yet.</summary>
    private sealed record PendingAsk(object Question, Probe Asker, TimeSpan Patience, IReadOnlyList<ModelMessage> Before)
    {
        public TimeSpan? ReceivedBy { get; set; }
    }
}
