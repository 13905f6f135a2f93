namespace NatsActors.Crash;

/// <summary>
/// One life of the process that is killed. Says "up" when the journal takes messages. Ends by itself only when its input says "drain":
/// then everything in the buffer is sent first. When the input ends, whoever would kill it is gone, and it ends at once.
/// </summary>
internal static class LifeRun
{
    public const string Up = "up";
    public const string Drain = "drain";

    /// <summary>The exit status when the journal keeps messages that the drain could not send in time.</summary>
    public const int LeftSome = 2;

    private const int Abandoned = 3;
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(LifeOptions options)
    {
        using var record = new LifeRecord(options.Folder, options.Life);
        using var input = new StreamReader(Console.OpenStandardInput());
        await using var publisher = options.Start(occurrence => Note(occurrence, record));
        using var stop = new CancellationTokenSource();
        var random = options.Random();
        var load = new Load(publisher, record, options.Life, (LoadKind)random.Next(4), random);
        var publishing = options.OnlySends ? Task.CompletedTask : Task.Run(() => load.RunAsync(stop.Token));
        if (await input.ReadLineAsync() != Drain)
        {
            Environment.Exit(Abandoned);
        }

        await stop.CancelAsync();
        await publishing;
        var drained = await publisher.DrainAsync(DrainDeadline);
        await load.AnsweredAsync();
        Console.WriteLine(drained.Totals);
        if (drained.Error is not null)
        {
            record.Failed($"the drain failed: {drained.Error}");
            return 1;
        }

        return drained.Undelivered.Count == 0 ? 0 : LeftSome;
    }

    private static void Note(NatsEvent occurrence, LifeRecord record)
    {
        switch (occurrence)
        {
            case JournalRecovered recovered:
                record.Recovered(recovered.Messages);
                Console.WriteLine(Up);
                break;
            case OutcomeRecovered { Outcome: { CorrelationId: { } id } outcome }:
                record.Ended(id, outcome);
                break;
            case JournalFailed failed:
                record.Failed($"the journal failed: {failed.Cause}");
                break;
            case JournalDamaged damaged:
                record.Failed($"the journal is damaged: {damaged.Detail}");
                break;
            case Closed { Cause: { } cause }:
                record.Failed($"the publisher ended: {cause}");
                break;
        }
    }
}
