using OutageLab.Counting;
using OutageLab.Load;

namespace OutageLab.Live;

/// <summary>Turns the counts of one load into rates, over the last second.</summary>
internal sealed class LoadMeter(NumberBook book, OfferCounts offers, TimeProvider time)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(1);

    private readonly Queue<Reading> _readings = new();

    public LoadView Read()
    {
        var now = new Reading(time.GetTimestamp(), offers.Accepted, offers.Refused, book.Counts);
        _readings.Enqueue(now);
        while (_readings.Count > 2 && time.GetElapsedTime(_readings.Peek().At, now.At) > Span)
        {
            _readings.Dequeue();
        }

        var first = _readings.Peek();
        var seconds = time.GetElapsedTime(first.At, now.At).TotalSeconds;
        double PerSecond(long last, long before) => seconds > 0 ? Math.Round((last - before) / seconds) : 0;
        return new LoadView(
            now.Accepted, now.Refused, now.Counts, PerSecond(now.Accepted, first.Accepted), PerSecond(now.Refused, first.Refused),
            PerSecond(now.Counts.Reported, first.Counts.Reported), PerSecond(now.Counts.Arrived, first.Counts.Arrived));
    }

    private sealed record Reading(long At, long Accepted, long Refused, Counts Counts);
}
