using NatsActors.Actors;
using NatsActors.Door;
using NatsActors.Links;

namespace NatsActors.Specs.Crashes;

/// <summary>
/// The buffer actor and the connection actor fail before and after every kind of message that comes to them; nothing is lost, out
/// of order, or left without an answer.
/// </summary>
public sealed class CrashPointTests
{
    /// <summary>The kinds of messages that come to each child, in the names of <see cref="MailboxTap.KindOf"/>.</summary>
    private static readonly SortedDictionary<string, string[]> Kinds = new(StringComparer.Ordinal)
    {
        ["buffer"] =
        [
            "ConnectionNews", "LinkAvailable", "LinkConfirmed", "LinkGone", "LinkPubAcks", "LinkWritten", "RetireLink",
            "Timer Expiry", "Timer PubAcks", "Timer Replay", "Timer Retry", "Timer Unclaimed", "Wake",
        ],
        ["connection"] =
        [
            "Connected", "DrainBegun", "LinkForgotten", "LinkInfoChanged", "LinkLost", "LinkProved", "LinkQuiet", "LinkUp",
            "PublisherEnded", "Reconnect", "Timer BackoffElapsed",
        ],
    };

    /// <summary>The kinds that there are with a journal only.</summary>
    private static readonly SortedDictionary<string, string[]> JournalKinds = new(StringComparer.Ordinal)
    {
        ["connection"] = ["JournalRestored"],
        ["journal"] = ["JournalDue", "PublisherEnded", "Terminated"],
        ["pages"] =
        [
            "DeleteMessagesSuccess", "JournalDue", "LoadSnapshotResult", "PublisherEnded", "RecoveryPermitGranted", "RecoverySuccess",
            "ReplayedMessage", "Timer MarkDue", "WriteMessageSuccess", "WriteMessagesSuccessful",
        ],
    };

    public static TheoryData<ConfirmMode, CrashPoint> Points
    {
        get
        {
            var points = new TheoryData<ConfirmMode, CrashPoint>();
            foreach (var confirm in Enum.GetValues<ConfirmMode>())
            {
                foreach (var (actor, kinds) in Kinds)
                {
                    foreach (var kind in kinds)
                    {
                        points.Add(confirm, new CrashPoint(actor, kind, After: false));
                        points.Add(confirm, new CrashPoint(actor, kind, After: true));
                    }
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

    public static TheoryData<ConfirmMode, CrashPoint> JournalPoints
    {
        get
        {
            var points = new TheoryData<ConfirmMode, CrashPoint>();
            foreach (var confirm in Enum.GetValues<ConfirmMode>())
            {
                foreach (var (actor, kinds) in Kinds.Concat(JournalKinds))
                {
                    foreach (var kind in kinds)
                    {
                        points.Add(confirm, new CrashPoint(actor, kind, After: false));
                        points.Add(confirm, new CrashPoint(actor, kind, After: true));
                    }
                }
            }

            return points;
        }
    }

    [Theory]
    [MemberData(nameof(JournalPoints))]
    public void A_crash_loses_nothing_that_the_journal_has_wherever_it_comes(ConfirmMode confirm, CrashPoint point)
    {
        using var run = new CrashRun(confirm, point, CrashRun.JournalOfBefore(confirm));

        run.Play();

        run.Check();
    }

    [Fact]
    public void Every_kind_of_message_is_among_the_points_with_a_journal()
    {
        var seen = new HashSet<(string Actor, string Kind)>();
        foreach (var confirm in Enum.GetValues<ConfirmMode>())
        {
            using var run = new CrashRun(confirm, new CrashPoint("buffer", "RetireLink", After: true), CrashRun.JournalOfBefore(confirm));
            run.Play();
            run.Check();
            seen.UnionWith(run.Seen);
        }

        Assert.Equal(
            Kinds.Concat(JournalKinds).SelectMany(each => each.Value.Select(kind => $"{each.Key}: {kind}")).Order(StringComparer.Ordinal),
            seen.Select(each => $"{each.Actor}: {each.Kind}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_kind_of_message_is_among_the_points()
    {
        var seen = new HashSet<(string Actor, string Kind)>();
        foreach (var confirm in Enum.GetValues<ConfirmMode>())
        {
            // The crash is there for what only a crash brings about.
            using var run = new CrashRun(confirm, new CrashPoint("buffer", "RetireLink", After: true));
            run.Play();
            run.Check();
            seen.UnionWith(run.Seen);
        }

        Assert.Equal(
            Kinds.SelectMany(each => each.Value.Select(kind => $"{each.Key}: {kind}")),
            seen.Select(each => $"{each.Actor}: {each.Kind}").Order(StringComparer.Ordinal));
    }
}
