namespace NatsActors.Crash;

/// <summary>
/// One life of the process that is killed. Says "up" when the journal takes messages. Ends by itself only when its input says "drain":
/// then everything in the buffer is sent first. When the input ends, whoever would kill it is gone, and it ends at once.
/// </summary>
internal static class LifeRun
{
    public const string Up = "up";
    public const string Drain = "drain";

    private const int Abandoned = 3;
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(LifeOptions options)
    {
        using var record = new LifeRecord(options.Folder, options.Life);
        using var input = new StreamReader(Console.OpenStandardInput());
        await using var publisher = options.Start(occurrence => Note(occurrence, record));
        using var stop = new CancellationTokenSource();
        var random = options.Random();
        var load = new Load(publisher, record, options.Life, (LoadKind)random.Next(4), random);
        var publishing = Task.Run(() => load.RunAsync(stop.Token));
        if (await input.ReadLineAsync() != Drain)
        {
            Environment.Exit(Abandoned);
        }

        await stop.CancelAsync();
        await publishing;
        var drained = await publisher.DrainAsync(DrainDeadline);
        await load.AnsweredAsync();
        Console.WriteLine(drained.Totals);
        if (drained.Error is null && drained.Undelivered.Count == 0)
        {
            return 0;
        }

        record.Failed($"the drain left {drained.Undelivered.Count} messages: {drained.Error}");
        return 1;
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
