using NatsActors.Buffer;
using NatsActors.Protocol;

namespace NatsActors.Delivery;

/// <summary>Applies a stream's answers to its frames: stored, refused for good, or to be sent again.</summary>
/// <param name="outbox">The buffer with its ledger.</param>
/// <param name="retries">Decides about refusals.</param>
/// <param name="resend">Whether a refused frame may be sent again.</param>
internal readonly struct StreamAnswers(Outbox outbox, StreamRetries retries, bool resend)
{
    /// <summary>Applies one PubAck, or a refusal in its place.</summary>
    /// <returns>Whether the frame has to be sent again.</returns>
    public bool Apply(in PubAck ack)
    {
        if (ack.Stream is not null)
        {
            if (retries.HasSubjectsWithoutStream)
            {
                retries.Stored(SubjectOf(ack.Sequence));
            }

            outbox.Stored(ack);
            return false;
        }

        if (ack is { ErrorCode: AtomicBatchHeaders.ContainsDuplicate, RefusedBy: { } stream } && ack.Sequence <= outbox.Buffer.UnansweredThrough)
        {
            // The stream had stored an atomic batch whose answer was lost. It names no sequence for the copy. A copy that the stream
            // refused was not stored, so after a refusal another message has the id.
            outbox.Stored(ack with { Stream = stream, Duplicate = true });
            return false;
        }

        if (SubjectOf(ack.Sequence) is not { } subject)
        {
            return false;
        }

        var first = outbox.Buffer.FirstSequence;
        if (retries.IsOutOfOrder(ack) && ack.Sequence == first)
        {
            // All frames before this one have their outcomes, so none of them can become the last message of the stream.
            StreamCondition.TryLift(outbox.Buffer.Peek(ack.Sequence));
        }

        if (retries.Refused(ack, first, subject) == StreamVerdict.Retry && resend)
        {
            return true;
        }

        // With resend off a refusal that may pass ends the frame too, because a retry in order would send the frames behind it again.
        var detail = ack.ErrorCode == 0 && ack.Code == 503
            ? "no stream listens on this subject (503)"
            : $"{ack.Error} (code {ack.Code}, err_code {ack.ErrorCode})";
        outbox.Undelivered(ack.Sequence, UndeliveredReason.NotStored, detail);
        return false;
    }

    private string? SubjectOf(long sequence)
    {
        var frame = outbox.Buffer.Peek(sequence);
        return frame.IsEmpty ? null : FrameReader.SubjectText(FrameReader.Last(frame));
    }
}
