namespace NatsActors.Buffer;

/// <summary>What a message's ticket tells the outbox.</summary>
internal interface ITicket
{
    /// <summary>A sender wants the outcome. Otherwise an undelivered message is counted as one that nobody asked for.</summary>
    bool IsClaim { get; }

    /// <summary>Messages that follow one another and were delivered may be told together, by their sequences.</summary>
    bool TakesRuns => false;

    /// <summary>The sender's text for the outcome; null for none.</summary>
    string? CorrelationId { get; }
}

/// <summary>Messages of one ticket that follow one another and were delivered.</summary>
/// <param name="Ticket">The ticket.</param>
/// <param name="First">The sequence of the first.</param>
/// <param name="Count">The number of messages.</param>
internal readonly record struct EndedRun(object Ticket, long First, int Count);

/// <summary>Messages that were accepted in one millisecond and ended together.</summary>
/// <param name="AcceptedAt">The millisecond of the publisher's clock.</param>
/// <param name="Reason">Why the messages ended undelivered; null when they did not.</param>
/// <param name="Count">The number of messages.</param>
internal readonly record struct EndedAge(long AcceptedAt, UndeliveredReason? Reason, int Count);

/// <summary>Measures how old messages are when they end.</summary>
internal interface IAgeMeter
{
    /// <summary>Somebody listens to the measurements.</summary>
    bool Listens { get; }

    /// <summary>Messages have ended. Called outside of every lock.</summary>
    void Record(EndedAge ended, long now);
}
