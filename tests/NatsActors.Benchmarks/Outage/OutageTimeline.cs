using System.Diagnostics;
using System.Globalization;

namespace NatsActors.Benchmarks.Outage;

/// <summary>A moment of the outage.</summary>
/// <param name="Seconds">Since the start.</param>
/// <param name="Depth">Messages in the publisher's buffer.</param>
/// <param name="ServerRate">Messages a second that the server has read since the sample before; 0 while it is down.</param>
internal sealed record OutageMoment(double Seconds, long Depth, double ServerRate);

/// <summary>
/// One outage over time: a producer at a constant rate, a server that is killed and started again, and a look at both ends every
/// 100 ms. The publisher has its default settings.
/// </summary>
internal sealed class OutageTimeline(int size, int perSecond, TimeSpan outage)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(2);

    private readonly List<OutageMoment> _moments = [];
    private readonly long _started = Stopwatch.GetTimestamp();
    private double _killed;
    private double _back;
    private double _confirmed;

    private double Now => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Runs the outage, draws it and gives its figures.</summary>
    public async Task<ReportTable> RunAsync(FileInfo svg)
    {
        await using var server = await MeasuredServer.StartAsync();
        await using var facade = new Facade(new() { Connection = new() { Servers = [server.Url] } });
        await facade.Linked.WaitAsync(Stage.Limit, TimeProvider.System);
        using var end = new CancellationTokenSource();
        var producing = Task.Run(() => Producing.AtRateAsync(facade.Publisher, Load.Of(size, 1), perSecond, end.Token));
        var sampling = SampleAsync(facade.Publisher, server, end.Token);
        await Task.Delay(Steady, TimeProvider.System);
        _killed = Now;
        await server.KillAsync();
        await Task.Delay(outage, TimeProvider.System);
        await server.RestartAsync();
        _back = Now;
        // All that was accepted until now: the backlog of the outage.
        await Facade.FlushAsync(facade.Publisher);
        _confirmed = Now;
        await Task.Delay(Steady, TimeProvider.System);
        await end.CancelAsync();
        await sampling;
        var offer = await producing;
        await Facade.FlushAsync(facade.Publisher);
        await DrawAsync(svg);
        return Table(offer, facade.Publisher.Status);
    }

    private async Task SampleAsync(NatsPublisher publisher, MeasuredServer server, CancellationToken end)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        var (read, at) = (0L, Now);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                var count = await ReadAsync(server);
                var (depth, now) = (publisher.Status.BufferedMessages, Now);
                // A server that was started again counts from 0.
                var since = count < read ? count : count - read;
                _moments.Add(new(now, depth, since / (now - at)));
                (read, at) = (count, now);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async Task<long> ReadAsync(MeasuredServer server)
    {
        try
        {
            return (await server.CountsAsync()).Messages;
        }
        // A server that is killed in the middle of its answer breaks the stream of the body.
        catch (Exception down) when (down is HttpRequestException or IOException)
        {
            return 0;
        }
    }

    private Task DrawAsync(FileInfo svg) => new LinePlot(
        string.Create(CultureInfo.InvariantCulture, $"An outage of {_back - _killed:0.0} s under {perSecond:N0} messages a second"),
        "seconds", "messages buffered")
    {
        Right = "messages a second, read by the server",
        Lines =
        [
            new("messages", _moments.Select(moment => (moment.Seconds, (double)moment.Depth))),
            new("rate", _moments.Select(moment => (moment.Seconds, moment.ServerRate))) { OnTheRight = true },
        ],
    }.WriteAsync(svg);

    private ReportTable Table(Offer offer, PublisherStatus status) => new(
        string.Create(CultureInfo.InvariantCulture, $"One outage over time: {perSecond:N0} messages of {size:N0} B a second, the server killed and started again"),
        [
            "server down, s", "from its return until the backlog was confirmed, s", "buffered at most", "server's most a second",
            "offered", "accepted", "refused", "delivered", "undelivered",
        ],
        [[
            _back - _killed, _confirmed - _back, _moments.Max(moment => moment.Depth), _moments.Max(moment => moment.ServerRate),
            offer.Offered, status.Totals.Accepted, status.Totals.Refused, status.Totals.Delivered, status.Totals.Undelivered,
        ]]);
}
