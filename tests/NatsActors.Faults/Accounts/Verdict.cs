namespace NatsActors.Faults;

/// <summary>One publisher's account at the end of a run, and every promise that it broke.</summary>
public sealed record Verdict
{
    public required string Publisher { get; init; }

    public required LedgerTotals Totals { get; init; }

    /// <summary>Confirmed (or accepted, and not reported as undelivered) and never received.</summary>
    public required long Lost { get; init; }

    public required long OutOfOrder { get; init; }

    public required long Duplicates { get; init; }

    public required IReadOnlyList<string> Broken { get; init; }

    /// <summary>Compares what a publisher said with what the reader got.</summary>
    /// <param name="publisher">The publisher; drained.</param>
    /// <param name="arrivals">What arrived of it.</param>
    /// <param name="ordered">Whether order is promised.</param>
    /// <param name="once">Whether no duplicate may be seen (a stream, inside its duplicate window).</param>
    public static Verdict Of(IPublisherUnderTest publisher, Arrivals arrivals, bool ordered, bool once)
    {
        var (book, totals) = (publisher.Book, publisher.Totals);
        var lost = CountLost(publisher, arrivals);
        var broken = new List<string>();
        void Expect(bool holds, string promise)
        {
            if (!holds)
            {
                broken.Add($"{publisher.Name}: {promise}");
            }
        }

        var accepted = book.Last - book.Count(MessageState.Refused) - book.Count(MessageState.Offered);
        Expect(totals.Balanced, $"the ledger does not hold: {totals}");
        Expect(totals.Buffered == 0, $"{totals.Buffered} messages are still buffered after the drain");
        Expect(totals.Accepted == accepted, $"{accepted} messages were answered with an Ack, the ledger says {totals.Accepted}");
        Expect(book.Count(MessageState.Offered) == 0, $"{book.Count(MessageState.Offered)} messages were never answered");
        Expect(book.Surprises == 0, $"{book.Surprises} answers or outcomes came where none was due");
        Expect(!publisher.GivesOutcomes || book.Count(MessageState.Accepted) == 0,
            $"{book.Count(MessageState.Accepted)} accepted messages got no outcome");
        Expect(lost == 0, $"{lost} messages are lost: {Examples(book, arrivals)}");
        Expect(arrivals.Corrupt == 0, $"{arrivals.Corrupt} messages arrived with other contents");
        Expect(CountRefused(book, arrivals) == 0, $"{CountRefused(book, arrivals)} messages arrived that were refused");
        Expect(!ordered || arrivals.OutOfOrder == 0, $"{arrivals.OutOfOrder} messages out of order ({string.Join(", ", arrivals.Examples)})");
        Expect(arrivals.Duplicates <= totals.Resent, $"{arrivals.Duplicates} duplicates, but only {totals.Resent} frames were sent again");
        Expect(!once || arrivals.Duplicates == 0, $"the stream holds {arrivals.Duplicates} messages twice");
        return new Verdict
        {
            Publisher = publisher.Name,
            Totals = totals,
            Lost = lost,
            OutOfOrder = arrivals.OutOfOrder,
            Duplicates = arrivals.Duplicates,
            Broken = broken,
        };
    }

    private static long CountLost(IPublisherUnderTest publisher, Arrivals arrivals)
    {
        long confirmed = 0, unknown = 0;
        for (long number = 1; number <= publisher.Book.Last; number++)
        {
            if (!arrivals.Has(number))
            {
                var state = publisher.Book[number];
                confirmed += state is MessageState.Delivered or MessageState.Stored ? 1 : 0;
                unknown += state == MessageState.Accepted ? 1 : 0;
            }
        }

        // Without an outcome for each message, the publisher's own count of undelivered ones is all that may be missing.
        return confirmed + (publisher.GivesOutcomes ? 0 : Math.Max(0, unknown - publisher.Totals.Undelivered));
    }

    private static string Examples(MessageBook book, Arrivals arrivals)
    {
        var missing = new List<long>();
        for (long number = 1; number <= book.Last; number++)
        {
            if (!arrivals.Has(number) && book[number] is MessageState.Delivered or MessageState.Stored or MessageState.Accepted)
            {
                missing.Add(number);
            }
        }

        var few = missing.Count <= 6 ? missing : [.. missing.Take(3), .. missing.TakeLast(3)];
        return string.Join(", ", few.Select(book.Place));
    }

    private static long CountRefused(MessageBook book, Arrivals arrivals)
    {
        var count = 0L;
        for (long number = 1; number <= book.Last; number++)
        {
            count += book[number] == MessageState.Refused && arrivals.Has(number) ? 1 : 0;
        }

        return count;
    }
}
