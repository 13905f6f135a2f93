namespace NatsActors.Faults;

/// <summary>The ways into a publisher; the harness uses all of them side by side.</summary>
public enum Door
{
    /// <summary>Tell, with an outcome for each message.</summary>
    Outcome,

    /// <summary>No outcomes: <c>TryPublish</c> of the facade, <c>Tell</c> on Akka.NET.</summary>
    Direct,

    /// <summary>Like <see cref="Outcome"/>, with a small buffer and <c>overflow = wait</c>: in an outage many wait for room.</summary>
    Waiting,

    /// <summary>Batches, each awaited; no outcomes.</summary>
    Batch,
}

/// <summary>The seam of the harness: the facade, a publisher of an Akka.NET system, or a plain client.</summary>
public interface IPublisherUnderTest : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Keeps the account of its messages; the publisher enters answers and outcomes.</summary>
    MessageBook Book { get; }

    /// <summary>Whether each accepted message gets an outcome in <see cref="Book"/>.</summary>
    bool GivesOutcomes { get; }

    /// <summary>The publisher's own counts.</summary>
    LedgerTotals Totals { get; }

    /// <summary>Why the publisher ended although nobody asked for it; null while it runs, and after a drain.</summary>
    string? EndCause => null;

    /// <summary>
    /// Offers the messages that follow, with their numbers from the book. Completes when the next may be offered; false asks for
    /// a pause.
    /// </summary>
    ValueTask<bool> OfferAsync(int count);

    /// <summary>True when all that was accepted before has an outcome.</summary>
    Task<bool> FlushAsync(TimeSpan timeout);

    /// <summary>Ends the publisher; how many messages it had to leave, all of them named.</summary>
    Task<int> DrainAsync(TimeSpan deadline);

    void ForceReconnect();

    /// <summary>Makes a part of the publisher fail; false when it has no such part.</summary>
    bool TryCrash(CrashPoint point);
}

/// <summary>Which actor fails, and at which moment.</summary>
public enum CrashPoint
{
    BufferNow,
    BufferTwice,
    BufferBeforeWritten,
    BufferAfterWritten,
    BufferBeforeConfirmed,
    BufferAfterConfirmed,
    BufferInWrite,
    BufferAfterUp,
    BufferAfterLost,
    ConnectionNow,
    ConnectionTwice,
    ConnectionBeforeUp,
    ConnectionAfterUp,
    ConnectionBeforeLost,
    ConnectionAfterLost,
    ConnectionInOpen,
    ConnectionInClose,
    Both,
}
