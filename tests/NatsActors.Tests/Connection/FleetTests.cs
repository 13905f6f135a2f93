using NatsActors.Connection;
using NatsActors.Protocol;

namespace NatsActors.Tests.Connection;

/// <summary>A thousand publishers of one server, each with a pool and chance of its own, through an outage of half a minute.</summary>
public sealed class FleetTests
{
    private const int Publishers = 1000;
    private const int Window = 100;
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(30);
    private static readonly BackoffSettings Settings = new() { Min = TimeSpan.FromMilliseconds(100), Max = TimeSpan.FromSeconds(10) };
    private static readonly ServerAddress Server = ServerAddress.Parse("nats://only");

    /// <summary>
    /// The longest waits lie evenly between 10 ms and 10 s: 5 s on average, so 20 of the thousand in every tenth of a second. The
    /// fullest of some hundred such windows has a few standard deviations more; without jitter it would have all of them.
    /// </summary>
    [Fact]
    public void They_ask_and_return_evenly()
    {
        var (asked, returned) = Simulate();
        var mean = Publishers * Window / (Settings.Max.TotalMilliseconds / 2);
        var most = mean + (5 * Math.Sqrt(mean)) + 3;

        var settled = asked.Where(time => time > TimeSpan.FromSeconds(15) && time < Outage).ToList();
        Assert.InRange(settled.Count / (15_000d / Window), mean * 0.9, mean * 1.1);
        Assert.InRange(Fullest(settled), 1, most);
        Assert.Equal(Publishers, returned.Count);
        Assert.InRange(returned.Max() - Outage, TimeSpan.FromSeconds(8), Settings.Max);
        Assert.InRange(Fullest(returned), 1, most);
    }

    private static int Fullest(IEnumerable<TimeSpan> times) =>
        times.GroupBy(time => (int)(time.TotalMilliseconds / Window)).Max(window => window.Count());

    private static (List<TimeSpan> Asked, List<TimeSpan> Returned) Simulate()
    {
        var attempts = new PriorityQueue<ServerPool, TimeSpan>();
        for (var seed = 0; seed < Publishers; seed++)
        {
            var pool = new ServerPool([Server], Settings, randomize: true, new Random(seed));
            pool.Succeeded(Server);
            pool.Lost(Server, LinkLossKind.Closed, TimeSpan.Zero);
            attempts.Enqueue(pool, pool.Next(TimeSpan.Zero).Delay);
        }

        var (asked, returned) = (new List<TimeSpan>(), new List<TimeSpan>());
        while (attempts.TryDequeue(out var pool, out var now))
        {
            asked.Add(now);
            if (now >= Outage)
            {
                returned.Add(now);
                continue;
            }

            pool.Failed(Server, LinkLossKind.Unreachable, now);
            attempts.Enqueue(pool, now + pool.Next(now).Delay);
        }

        return (asked, returned);
    }
}
