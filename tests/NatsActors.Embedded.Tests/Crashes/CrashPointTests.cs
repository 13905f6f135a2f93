namespace NatsActors.Embedded.Tests.Crashes;

/// <summary>
/// The buffer actor and the connection actor fail before and after every kind of message that comes to them; nothing is lost, out
/// of order, or left without an answer.
/// </summary>
public sealed class CrashPointTests
{
    private static readonly string[] ToBuffer =
    [
        "Announce", "ConnectionReport", "Drain", "Flush", "GetStatus", "LinkAvailable", "LinkConfirmed", "LinkGone", "LinkPubAcks",
        "LinkWritten", "Publish", "PublishBatch", "Purge", "RetireLink",
    ];

    private static readonly string[] ToConnection =
    [
        "BufferRestarted", "DrainBegun", "ForceReconnect", "LinkInfoChanged", "LinkLost", "LinkProved", "LinkQuiet", "LinkUp", "PublisherEnded",
    ];

    public static TheoryData<ConfirmMode, CrashPoint> Points
    {
        get
        {
            var points = new TheoryData<ConfirmMode, CrashPoint>();
            foreach (var confirm in Enum.GetValues<ConfirmMode>())
            {
                foreach (var after in new[] { false, true })
                {
                    Array.ForEach(ToBuffer, kind => points.Add(confirm, new CrashPoint("buffer", kind, after)));
                    Array.ForEach(ToConnection, kind => points.Add(confirm, new CrashPoint("connection", kind, after)));
                }
            }

            return points;
        }
    }

    [Theory]
    [MemberData(nameof(Points))]
    public void A_crash_loses_nothing_wherever_it_comes(ConfirmMode confirm, CrashPoint point)
    {
        using var run = new CrashRun(confirm, point);

        run.Play();

        run.Check();
    }

    [Fact]
    public void Every_kind_of_message_is_among_the_points()
    {
        var seen = new HashSet<(string Actor, string Kind)>();
        foreach (var confirm in Enum.GetValues<ConfirmMode>())
        {
            // The crash is there for what only a crash brings about.
            using var run = new CrashRun(confirm, new CrashPoint("buffer", "Flush", After: true));
            run.Play();
            run.Check();
            seen.UnionWith(run.Seen);
        }

        Assert.Equal(ToBuffer, seen.Where(each => each.Actor == "buffer").Select(each => each.Kind).Order(StringComparer.Ordinal));
        Assert.Equal(ToConnection, seen.Where(each => each.Actor == "connection").Select(each => each.Kind).Order(StringComparer.Ordinal));
    }
}
