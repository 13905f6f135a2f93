using Akka.Actor;

namespace NatsActors.Actors;

/// <summary>
/// The end of a publisher: everything accepted gets its outcome, and everybody who waits gets an answer, whoever ends it and
/// however. Can be run again when it was cut short; once it is over, running it does nothing.
/// </summary>
internal static class PublisherEnd
{
    /// <param name="parts">The publisher.</param>
    /// <param name="cause">Why, when nobody asked for it; null after a drain.</param>
    /// <param name="onlyWhenLeft">The cause is worth telling only when it cost messages.</param>
    public static void Run(PublisherParts parts, string? cause, bool onlyWhenLeft = false)
    {
        var (buffer, door) = (parts.Buffer, parts.Door);
        if (!buffer.BeginEnd(onlyWhenLeft ? null : cause))
        {
            return;
        }

        parts.Journal.Ending();
        parts.JournalPort?.End();
        door.AnswerWaiting();

        door.Run(buffer.StartClose());
        foreach (var (reason, count, detail) in buffer.TakeUnclaimed())
        {
            parts.Raise(new MessagesUndelivered { Publisher = parts.Settings.Name, Reason = reason, Count = count, Detail = detail });
        }

        if (buffer.TakeNotices().OverflowEnded is var (refused, dropped))
        {
            parts.Raise(new OverflowEnded { Publisher = parts.Settings.Name, Refused = refused, Dropped = dropped });
        }

        var result = buffer.End();
        cause = buffer.EndCause ?? (onlyWhenLeft && result.Complete ? null : cause);
        parts.Journal.Closed(result, cause);
        cause = cause is null ? null : cause + Left(result);
        parts.Raise(new Closed { Publisher = parts.Settings.Name, Totals = result.Totals, Cause = cause });
        var answers = new List<(IActorRef? Asker, object Reply)>();
        if (!buffer.TakeAnswers(answers))
        {
            return;
        }

        foreach (var (asker, answer) in answers)
        {
            door.Tell(asker, answer);
        }

        parts.Owner?.Ended(parts, cause);
        door.ConnectionActor?.Tell(new PublisherEnded(), door.Publisher);
        door.JournalActor?.Tell(new PublisherEnded(), door.Publisher);
    }

    private static string Left(Drained result)
    {
        var mayHaveArrived = result.Undelivered.Count(message => message.Reason == UndeliveredReason.Indeterminate);
        return result.Complete ? ""
            : $"; {result.Undelivered.Count} messages were left, {mayHaveArrived} of which were in flight and may have arrived";
    }
}
