using NatsActors.Buffer;
using NatsActors.Delivery;
using NatsActors.Protocol;

namespace NatsActors.Door;

/// <summary>The sections of the buffer actor's work for a link: what is taken, confirmed, refused, given back.</summary>
internal sealed partial class GuardedBuffer
{
    /// <summary>PubAcks that are applied in one section.</summary>
    /// <summary>
    /// Messages whose order is looked at when a link comes or a stream refused one. A gap behind them costs one refusal, and then the
    /// next as many are looked at.
    /// </summary>
    private const int MostChained = 65_536;

    private const int AckSection = 256;

    /// <summary>Whether a frame with headers has been accepted, or every frame has them.</summary>
    public bool UsesHeaders
    {
        get
        {
            lock (_gate)
            {
                return _intake.UsesHeaders;
            }
        }
    }

    /// <summary>What the connection reports, and since when there is no link.</summary>
    public void Note(ConnectionReport report)
    {
        lock (_gate)
        {
            _report = _result is null ? report : report with { State = ConnectionState.Closed, Server = null };
        }
    }

    /// <summary>A link is up: what its server takes holds for every message from here on.</summary>
    public (long Messages, long Bytes, long NextSequence) Reconnected(ServerInfo server)
    {
        lock (_gate)
        {
            _intake.MaxPayload = server.MaxPayload;
            _intake.MaxBatch = server.MaxBatch;
            _intake.ServerTakesHeaders = server.Headers;
            _intake.ServerTakesAtomicBatches = AtomicBatchHeaders.AreTakenBy(server);
            _linkDownSince = null;
            return (Buffer.Messages, Buffer.Bytes, Buffer.NextSequence);
        }
    }

    /// <summary>The link is gone: what was in flight is queued again, before everything else.</summary>
    public void Disconnected()
    {
        lock (_gate)
        {
            _linkDownSince ??= _clock.Now();
            _hungry = false;
            _outbox.Rewind(linkGone: true);
        }
    }

    /// <summary>The place of the link's work in the buffer.</summary>
    public (long First, long WrittenThrough, long InFlightMessages, long InFlightBytes) Position()
    {
        lock (_gate)
        {
            return (Buffer.FirstSequence, Buffer.WrittenThrough, Buffer.InFlightMessages, Buffer.InFlightBytes);
        }
    }

    /// <summary>Takes the next frames for the link, as many as the window and the pace allow.</summary>
    /// <param name="window">How much may be in flight.</param>
    /// <param name="pace">How fast a backlog may be sent.</param>
    /// <param name="maxBytes">The most bytes of one batch.</param>
    /// <param name="now">The time.</param>
    /// <param name="batch">The frames.</param>
    /// <param name="paced">Nothing was taken because of the pace: the caller tries again after its wait.</param>
    /// <returns>False when nothing was taken; when the buffer had nothing to take, the next accepted message wakes the actor.</returns>
    public bool TryTake(FlowWindow window, ReplayPace pace, long maxBytes, long now, out FrameBatch batch, out bool paced)
    {
        lock (_gate)
        {
            batch = default;
            paced = false;
            _hungry = !Buffer.HasTakeable;
            if (_hungry)
            {
                return false;
            }

            var messages = pace.Allowance(Buffer.CursorSequence, now);
            if (paced = messages == 0)
            {
                return false;
            }

            var unmarked = MarkAllowance;
            if (unmarked == 0)
            {
                _awaitsMark = true;
                return false;
            }

            messages = Math.Min(messages, window.Messages(Buffer.FirstSequence, Buffer.InFlightMessages));
            return Buffer.TryTake(Math.Min(Math.Min(maxBytes, unmarked), window.Bytes(Buffer.InFlightBytes)), messages, out batch);
        }
    }

    /// <summary>The link takes nothing for now: accepted messages wake nobody.</summary>
    public void NotHungry()
    {
        lock (_gate)
        {
            _hungry = false;
        }
    }

    /// <summary>The oldest batch that was taken has been written.</summary>
    public void Written()
    {
        lock (_gate)
        {
            Buffer.Written();
        }
    }

    /// <summary>A fence passed, or (without confirmation) a batch was written.</summary>
    /// <returns>True when more is left: call again before anything else is taken for a link.</returns>
    public bool DeliveredSlice(long throughSequence)
    {
        lock (_gate)
        {
            return _outbox.Delivered(throughSequence);
        }
    }

    public void Undelivered(long sequence, UndeliveredReason reason, string detail)
    {
        lock (_gate)
        {
            _outbox.Undelivered(sequence, reason, detail);
        }
    }

    /// <summary>What is in flight is not sent again.</summary>
    /// <returns>True when more is left: call again before anything else is taken for a link.</returns>
    public bool IndeterminateSlice(string detail)
    {
        lock (_gate)
        {
            return _outbox.InFlightIndeterminate(detail);
        }
    }

    /// <summary>Begins to end what the server has denied before a fence.</summary>
    public Sweep StartDenied(IReadOnlyList<string> subjects, long throughSequence) => _outbox.StartDenied(subjects, throughSequence);

    /// <summary>Begins to end what the server of the link takes for too large; null when nothing is.</summary>
    public Sweep? StartTooLarge()
    {
        lock (_gate)
        {
            return _outbox.StartTooLarge(_intake.MaxPayload, Buffer.NextSequence - 1);
        }
    }

    /// <summary>Begins to end the atomic batches that are too large for the gateway of the link; null when nothing is.</summary>
    public Sweep? StartTooLargeBatches()
    {
        lock (_gate)
        {
            return _outbox.StartTooLargeBatches(_intake.MaxBatch, Buffer.NextSequence - 1);
        }
    }

    /// <summary>
    /// Begins to make atomic batches ready to be sent, or sent again; null when there never was one. Changes bytes in place: no link
    /// may have unwritten ones.
    /// </summary>
    public Sweep? StartAtomicBatches()
    {
        lock (_gate)
        {
            return _intake.UsesAtomicBatches ? _outbox.StartAtomicBatches(_intake.ServerTakesAtomicBatches) : null;
        }
    }

    /// <summary>
    /// Begins to close the gaps that ended messages left in a strict order; null without one. Changes bytes in place: no link may have
    /// unwritten ones.
    /// </summary>
    public Sweep? StartChain()
    {
        lock (_gate)
        {
            return _intake.IsStrictOrder ? _outbox.StartChain(MostChained) : null;
        }
    }

    /// <summary>What is in flight is sent again on the same link.</summary>
    /// <param name="answersLost">Because an answer did not come; false after a refusal.</param>
    public void Resend(bool answersLost)
    {
        lock (_gate)
        {
            _outbox.Rewind(linkGone: false, answersLost);
        }
    }

    /// <summary>Applies PubAcks and refusals.</summary>
    /// <param name="acks">The answers of the stream.</param>
    /// <param name="retries">Decides about refusals.</param>
    /// <param name="resend">Whether a refused frame may be sent again.</param>
    /// <returns>Whether a frame has to be sent again.</returns>
    public bool Answered(IReadOnlyList<PubAck> acks, StreamRetries retries, bool resend)
    {
        var retry = false;
        var answers = new StreamAnswers(_outbox, retries, resend);
        for (var from = 0; from < acks.Count; from += AckSection)
        {
            lock (_gate)
            {
                for (var i = from; i < Math.Min(acks.Count, from + AckSection); i++)
                {
                    retry |= answers.Apply(acks[i]);
                }
            }
        }

        return retry;
    }

    /// <summary>How old the oldest frame is that a link has carried before; null when there is none.</summary>
    public TimeSpan? OldestSent()
    {
        lock (_gate)
        {
            return Buffer.OldestAcceptedAt is { } oldest && Buffer.FirstSequence <= Buffer.WrittenThrough
                ? TimeSpan.FromMilliseconds(_clock.Now() - oldest)
                : null;
        }
    }
}
