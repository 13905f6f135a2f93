namespace NatsActors.Faults;

/// <summary>
/// The seam of the harness: anything that publishes. The embedded facade is here; an Akka.NET publisher or a plain client can be
/// put in its place by a project that has its package.
/// </summary>
public interface IPublisherUnderTest : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Keeps the account of its messages; the publisher enters answers and outcomes.</summary>
    MessageBook Book { get; }

    /// <summary>Whether each accepted message gets an outcome in <see cref="Book"/>.</summary>
    bool GivesOutcomes { get; }

    /// <summary>The publisher's own counts.</summary>
    LedgerTotals Totals { get; }

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
