using System.Diagnostics;

namespace NatsActors.Benchmarks;

/// <summary>What a producer has done.</summary>
/// <param name="Offered">Messages that it has offered, each once.</param>
/// <param name="Refusals">Answers <see cref="BufferFull"/>.</param>
/// <param name="Rejections">Answers <see cref="Rejected"/>.</param>
internal readonly record struct Offer(long Offered, long Refusals, long Rejections)
{
    public static Offer operator +(Offer one, Offer other) =>
        new(one.Offered + other.Offered, one.Refusals + other.Refusals, one.Rejections + other.Rejections);
}

/// <summary>Producers that call <c>TryPublish</c> and count the answers.</summary>
internal static class Producing
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Publishes the load as fast as there is room: waits after a <see cref="BufferFull"/>, and offers the message again.</summary>
    public static async Task<Offer> PatientlyAsync(INatsPublisher publisher, Load load)
    {
        var sum = default(Offer);
        for (var left = load.Messages; left > 0;)
        {
            var answer = Once(publisher, load);
            if (answer.Refusals > 0)
            {
                sum += answer with { Offered = 0 };
                await publisher.WaitForCapacityAsync().WaitAsync(Stage.Limit, TimeProvider.System);
                continue;
            }

            left--;
            sum += answer;
        }

        return sum;
    }

    /// <summary>Publishes at a constant rate until the end; a refused message is not offered again.</summary>
    public static async Task<Offer> AtRateAsync(INatsPublisher publisher, Load load, int perSecond, CancellationToken end)
    {
        var sum = default(Offer);
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                for (var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond); sum.Offered < due;)
                {
                    sum += Once(publisher, load);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        return sum;
    }

    private static Offer Once(INatsPublisher publisher, Load load)
    {
        publisher.TryPublish(Load.Subject, load.Payload.Span, out var refusal);
        return new(1, refusal is BufferFull ? 1 : 0, refusal is Rejected ? 1 : 0);
    }
}
