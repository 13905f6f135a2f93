namespace NatsActors.Faults;

/// <summary>The seam of <see cref="BoundsRun"/>: a publisher that is pressed on while no server can be reached.</summary>
public interface IPublisherUnderPressure : IAsyncDisposable
{
    /// <summary>
    /// The ways into it that do not wait for an answer; each gets the numbers of its messages from one thread, one after
    /// another. The answers, and those alone, are entered into <paramref name="check"/>.
    /// </summary>
    IReadOnlyList<Action<long>> Doors(AnswerCheck check);

    /// <summary>The publisher's own counts.</summary>
    Task<LedgerTotals> TotalsAsync();

    /// <summary>Ends the publisher; how many messages it had to leave, all of them named.</summary>
    Task<int> DrainAsync(TimeSpan deadline);
}
