using System.Diagnostics;
using System.Globalization;

namespace NatsActors.Benchmarks.Micro;

/// <summary>
/// Measures the parts of a publisher in interleaved rounds, without a server: the encoder, and the buffer with few and with many
/// messages in it. What is buffered must not make a message dearer.
/// </summary>
internal static class MicroRun
{
    /// <summary>Messages in the larger buffer.</summary>
    public const int ManyBuffered = 10_000_000;

    private const int FewBuffered = 1_000;
    private const int Turn = 1_000;
    private const int Turns = 500;

    /// <summary>Measures, and gives the table.</summary>
    public static ReportTable Measure(int rounds, int many)
    {
        var encoder = new EncoderWork();
        (string Name, Action<int> Work)[] works =
        [
            ("encoder: `PUB` of 16 B", encoder.Pub),
            ("encoder: `HPUB` of 16 B with a message id", encoder.HpubWithId),
            (Text($"buffer: accept and confirm 16 B, {FewBuffered:N0} buffered"), new BufferWork(FewBuffered, Turn).AcceptAndConfirm),
            (Text($"buffer: accept and confirm 16 B, {many:N0} buffered"), new BufferWork(many, Turn).AcceptAndConfirm),
        ];
        var samples = works.Select(_ => new List<(double Nanoseconds, double Allocated)>()).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            for (var i = 0; i < works.Length; i++)
            {
                var sample = Measure(works[i].Work);
                if (round > 0)
                {
                    samples[i].Add(sample);
                }
            }
        }

        return Table([.. works.Select(work => work.Name)], samples);
    }

    private static (double Nanoseconds, double Allocated) Measure(Action<int> work)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var turn = 0; turn < Turns; turn++)
        {
            work(Turn);
        }

        var time = Stopwatch.GetElapsedTime(started);
        return (time.TotalNanoseconds / Turns / Turn, (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Turns / Turn);
    }

    private static ReportTable Table(string[] names, List<(double Nanoseconds, double Allocated)>[] samples)
    {
        double Fastest(int work) => samples[work].Min(sample => sample.Nanoseconds);
        return new(
            "The parts of a publisher, without a server",
            ["part", "ns a message, fastest round", "median", "most", "allocated B a message"],
            [.. names.Select((name, i) => (IReadOnlyList<object?>)
            [
                name, Fastest(i), Results.Median(samples[i].Select(sample => sample.Nanoseconds)),
                samples[i].Max(sample => sample.Nanoseconds), samples[i].Max(sample => sample.Allocated),
            ])])
        {
            Note = Text($"The larger buffer takes {Fastest(names.Length - 1) / Fastest(names.Length - 2):0.00} of the time of the smaller one."),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
