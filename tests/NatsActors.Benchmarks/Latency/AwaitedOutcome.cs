namespace NatsActors.Benchmarks.Latency;

/// <summary>The facade: each message's <c>PublishForOutcomeAsync</c>, until its continuation runs on the thread pool.</summary>
internal sealed class AwaitedOutcome(PublisherSettings settings) : ILatencyWay
{
    private Facade? _facade;

    public string Name => Stores ? "`PublishForOutcomeAsync` to `Stored`" : "`PublishForOutcomeAsync` to `Delivered`";

    public bool Stores => settings.Delivery.Confirm == ConfirmMode.JetStream;

    public Task PrepareAsync()
    {
        _facade ??= new Facade(settings);
        return _facade.Linked.WaitAsync(Stage.Limit, TimeProvider.System);
    }

    public Task RunAsync(Schedule schedule, Wait wait)
    {
        var subject = LatencyRun.SubjectOf(Stores);
        return Pacer.RunAsync(schedule, wait, (first, count) =>
        {
            for (var index = first; index < first + count; index++)
            {
                _ = PublishAsync(schedule, index, new Publish(subject, schedule.Payload));
            }
        });
    }

    public ValueTask DisposeAsync() => _facade?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task PublishAsync(Schedule schedule, int index, Publish message)
    {
        var (reply, outcome) = await _facade!.Publisher.PublishForOutcomeAsync(message).ConfigureAwait(false);
        if (outcome is not (Delivered or Stored { Duplicate: false }))
        {
            schedule.Failed((object?)outcome ?? reply);
        }

        schedule.Ended(index);
    }
}
