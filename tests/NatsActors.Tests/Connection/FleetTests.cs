using NatsActors.Connection;
using NatsActors.Protocol;
using Xunit.Abstractions;

namespace NatsActors.Tests.Connection;

/// <summary>Twenty thousand publishers of one server, each with a pool and chance of its own, through outages.</summary>
public sealed class FleetTests(ITestOutputHelper output)
{
    private const int Publishers = 20_000;

    // The median of an even scatter over a second is half a second. This is three standard errors of the median of 20,000.
    private static readonly TimeSpan Half = TimeSpan.FromMilliseconds(510);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<double> Outages => [1, 3, 10, 30, 60, 0.4, 10.5, 29.9];

    [Theory]
    [MemberData(nameof(Outages))]
    public void By_default_they_are_back_within_a_second_and_ask_once_a_second_at_most(double seconds)
    {
        var outage = TimeSpan.FromSeconds(seconds);

        var (asked, waited) = Report($"outage {seconds} s", Simulate(new BackoffSettings(), outage, now => now < outage ? null : TimeSpan.MaxValue), outage);

        Assert.InRange(Median(waited), TimeSpan.Zero, Half);
        Assert.InRange(waited.Max(), TimeSpan.Zero, Second);
        Assert.InRange(Fullest(asked, Second), 1, Publishers);
        AssertEven(waited, Second);
    }

    /// <summary>A server that comes up for a moment, again and again: each link lives for 20 ms, or all end together.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_server_that_takes_links_and_drops_them_is_not_asked_more_often_and_does_not_bunch_them(bool together)
    {
        var outage = TimeSpan.FromSeconds(10);
        TimeSpan? UpUntil(TimeSpan now) =>
            now >= outage ? TimeSpan.MaxValue
            : now.Seconds is 3 or 5 or 6 ? together ? TimeSpan.FromSeconds(now.Seconds + 1) : now + TimeSpan.FromMilliseconds(20)
            : null;

        var (asked, waited) = Report($"dropped links, together: {together}", Simulate(new BackoffSettings(), outage, UpUntil), outage);

        Assert.InRange(Median(waited), TimeSpan.Zero, Half);
        Assert.InRange(waited.Max(), TimeSpan.Zero, Second);
        Assert.InRange(Fullest(asked, Second), 1, Publishers);
        AssertEven(waited, Second);
    }

    [Fact]
    public void With_waits_that_grow_they_ask_and_return_evenly()
    {
        var settings = new BackoffSettings { Min = TimeSpan.FromMilliseconds(100), Max = TimeSpan.FromSeconds(10) };
        var outage = TimeSpan.FromSeconds(60);

        var (asked, waited) = Report("100 ms to 10 s", Simulate(settings, outage, now => now < outage ? null : TimeSpan.MaxValue), outage);

        AssertEven([.. asked.Where(time => time > TimeSpan.FromSeconds(40) && time < TimeSpan.FromSeconds(50))], settings.Max);
        AssertEven(waited, settings.Max);
    }

    /// <summary>
    /// Two hundred processes with a hundred publishers each. The first of a process to find the server brings the others with it, and
    /// none of them asks twice.
    /// </summary>
    [Theory]
    [MemberData(nameof(Outages))]
    public void Publishers_of_one_actor_system_come_back_with_the_first_of_them(double seconds)
    {
        var outage = TimeSpan.FromSeconds(seconds);

        var (asked, waited) = Report(
            $"outage {seconds} s, systems of 100", Simulate(new BackoffSettings(), outage, now => now < outage ? null : TimeSpan.MaxValue, system: 100), outage);

        Assert.InRange(Median(waited), TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        Assert.InRange(waited.Max(), TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        Assert.Equal(Publishers, asked.Count(time => time >= outage));
        Assert.InRange(Fullest([.. asked.Where(time => time < outage)], Second), 0, Publishers);
    }

    private (List<TimeSpan> Asked, List<TimeSpan> Waited) Report(string what, (List<TimeSpan> Asked, List<TimeSpan> Returned) run, TimeSpan outage)
    {
        List<TimeSpan> waited = [.. run.Returned.Select(time => time - outage)];
        Assert.Equal(Publishers, waited.Count);
        output.WriteLine(
            $"{what}: back after p50 {Median(waited).TotalMilliseconds:0} ms, max {waited.Max().TotalMilliseconds:0} ms; "
            + $"asked {Fullest(run.Asked, Second)} times in the worst second");
        return (run.Asked, waited);
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

    /// <summary>No hundredth of the span has more than its share, with six standard deviations.</summary>
    private static void AssertEven(List<TimeSpan> times, TimeSpan span)
    {
        var mean = Publishers / 100d;
        Assert.InRange(Fullest(times, span / 100), 1, mean + (6 * Math.Sqrt(mean)));
    }

    /// <summary>The most times within any stretch of that length, its end left out.</summary>
    private static int Fullest(List<TimeSpan> times, TimeSpan stretch)
    {
        var (sorted, first, most) = (times.Order().ToList(), 0, 0);
        for (var last = 0; last < sorted.Count; last++)
        {
            while (sorted[last] - sorted[first] >= stretch)
            {
                first++;
            }

            most = Math.Max(most, last - first + 1);
        }

        return most;
    }

    /// <param name="settings">The waits of every publisher.</param>
    /// <param name="outage">When links last.</param>
    /// <param name="upUntil">When a link ends that is asked for at a time; null when it is refused.</param>
    /// <param name="system">How many publishers an actor system has.</param>
    private static (List<TimeSpan> Asked, List<TimeSpan> Returned) Simulate(
        BackoffSettings settings, TimeSpan outage, Func<TimeSpan, TimeSpan?> upUntil, int system = 1)
    {
        var fleet = Enumerable.Range(0, Publishers).Select(seed => new Member(seed, settings)).ToList();
        var turns = new PriorityQueue<(Member Member, int Turn), TimeSpan>();
        void Queue(Member member, TimeSpan at) => turns.Enqueue((member, ++member.Turn), at);
        fleet.ForEach(member => Queue(member, TimeSpan.Zero));
        var (asked, returned) = (new List<TimeSpan>(), new List<TimeSpan>());
        while (turns.TryDequeue(out var turn, out var now))
        {
            var member = turn.Member;
            if (turn.Turn != member.Turn)
            {
                continue;
            }

            if (member.IsUp)
            {
                member.IsUp = false;
                member.Pool.Lost(Member.Server, LinkLossKind.Closed, now);
                Queue(member, now + member.Pool.Next(now).Delay);
                continue;
            }

            asked.Add(now);
            if (upUntil(now) is not { } end)
            {
                member.Pool.Failed(Member.Server, LinkLossKind.Unreachable, now);
                Queue(member, now + member.Pool.Next(now).Delay);
                continue;
            }

            member.Pool.Up(Member.Server, now);
            member.IsUp = true;
            if (end < TimeSpan.MaxValue)
            {
                Queue(member, end);
                continue;
            }

            returned.Add(now);
            var first = member.Seed / system * system;
            foreach (var other in fleet.Skip(first).Take(system).Where(other => !other.IsUp && other.Pool.FoundUp(Member.Server, now)))
            {
                Queue(other, now);
            }
        }

        Assert.All(returned, time => Assert.True(time >= outage));
        return (asked, returned);
    }

    /// <summary>A publisher whose link had lasted for a minute when the outage began.</summary>
    private sealed class Member
    {
        public static readonly ServerAddress Server = ServerAddress.Parse("nats://only");

        public Member(int seed, BackoffSettings settings)
        {
            Seed = seed;
            Pool = new ServerPool([Server], settings, randomize: true, new Random(seed));
            Pool.Up(Server, TimeSpan.FromMinutes(-1));
            IsUp = true;
        }

        public int Seed { get; }

        public ServerPool Pool { get; }

        public bool IsUp { get; set; }

        /// <summary>The turn that counts; older ones in the queue were called off.</summary>
        public int Turn { get; set; }
    }
}
