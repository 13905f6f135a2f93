using System.Globalization;

namespace NatsActors.Pipe;

/// <summary>A line every few seconds, for logs; what happens in between at once.</summary>
internal sealed class PlainProgress(TextWriter error, TimeProvider time) : IProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly TextWriter _error = TextWriter.Synchronized(error);

    public async Task RunAsync(Func<PipeSnapshot> snapshot, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                Note(Text(snapshot()));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    public void Note(string text) => _error.WriteLine($"NatsPipe: {text}");

    private static string Text(PipeSnapshot now) => string.Create(
        CultureInfo.InvariantCulture,
        $"{now.Status.State} {now.Status.Server}: read {now.Read:N0}, delivered {now.Confirmed:N0} ({now.PerSecond:N0}/s), buffered {now.Status.BufferedMessages:N0} ({now.Fill:P0}), reconnects {now.Status.Reconnects}");
}
