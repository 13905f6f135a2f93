namespace NatsActors.Diagnostics;

/// <summary>Writes the account of a publisher that has ended: what was left, by subject, and the totals.</summary>
internal static class AccountText
{
    private const int SubjectsShown = 5;

    public static string Of(Drained drained)
    {
        if (drained.Complete)
        {
            return drained.Totals.ToString();
        }

        var subjects = drained.Undelivered.CountBy(static message => message.Subject).OrderByDescending(static group => group.Value).ToList();
        var kept = drained.Undelivered.Count(static message => message.Reason == UndeliveredReason.Kept);
        var mayHaveArrived = drained.Undelivered.Count(static message => message.Reason == UndeliveredReason.Indeterminate);
        return $"{drained.Undelivered.Count} messages not sent"
            + (kept > 0 ? $" ({kept} of them are kept in the journal)" : "")
            + (mayHaveArrived > 0 ? $" ({mayHaveArrived} of them may have arrived)" : "")
            + $": {string.Join(", ", subjects.Take(SubjectsShown).Select(static group => $"{group.Value} to {group.Key}"))}"
            + (subjects.Count > SubjectsShown ? $" and {subjects.Count - SubjectsShown} other subjects" : "")
            + $"; {drained.Totals}";
    }
}
