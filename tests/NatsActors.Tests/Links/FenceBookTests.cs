using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>Orders of events that a real connection shows too seldom.</summary>
public sealed class FenceBookTests
{
    private readonly LinkRecorder _recorder = new(1);
    private readonly VirtualTime _time = new();
    private readonly LinkReports _reports;
    private readonly FenceBook _fences;

    public FenceBookTests()
    {
        _recorder.Report(new LinkUp(1, new ServerInfo()));
        _reports = new LinkReports(_recorder.Report);
        _fences = new FenceBook(1, _reports, _time);
    }

    [Fact]
    public void A_PONG_that_overtakes_the_end_of_its_send_waits_for_it()
    {
        _fences.SendingBatch(10);
        _fences.Deny("x");
        Assert.True(_fences.Answered());
        _fences.EndOfRead();
        Assert.Empty(Reported());

        _fences.BatchSent();

        Assert.Collection(
            Reported(),
            first => Assert.Equal(new LinkWritten(1, 10), first),
            second => Assert.Equal("x", Assert.Single(Assert.IsType<LinkConfirmed>(second).DeniedSubjects!)));
    }

    [Fact]
    public void Denied_subjects_are_bounded_by_their_length_too_until_the_next_PONG()
    {
        const int length = 16_000;
        var fit = FenceBook.MaxDeniedLength / length;
        _fences.SendingBatch(1);
        for (var round = 0; round < 2; round++)
        {
            Assert.All(Enumerable.Range(0, fit), i => Assert.True(_fences.Deny($"{i}".PadLeft(length))));
            Assert.True(_fences.Deny("0".PadLeft(length)));
            if (round == 0)
            {
                Assert.True(_fences.Answered());
            }
        }

        Assert.False(_fences.Deny("more".PadLeft(length)));
    }

    [Fact]
    public void A_confirmation_has_the_time_from_its_fence_to_the_PONG()
    {
        foreach (var (batch, milliseconds) in new[] { (1, 7), (2, 4) })
        {
            _fences.SendingBatch(batch);
            _fences.BatchSent();
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            Assert.True(_fences.Answered());
            _fences.EndOfRead();
        }

        Assert.Equal(
            [TimeSpan.FromMilliseconds(7), TimeSpan.FromMilliseconds(4)],
            Reported().OfType<LinkConfirmed>().Select(confirmed => confirmed.RoundTrip!.Value));
    }

    [Fact]
    public void A_batch_before_it_is_confirmed_without_waiting()
    {
        _fences.SendingBatch(10);
        _fences.BatchSent();
        _fences.SendingBatch(20);
        _fences.Answered();
        _fences.Answered();
        _fences.EndOfRead();

        Assert.Equal([new LinkWritten(1, 10), new LinkConfirmed(1, 10, null) { RoundTrip = TimeSpan.Zero }], Reported());
    }

    [Fact]
    public void The_PONG_of_a_probe_is_no_confirmation()
    {
        _fences.SendingPing();
        Assert.True(_fences.Answered());
        _fences.EndOfRead();
        Assert.False(_fences.Answered());

        Assert.Empty(Reported());
    }

    [Fact]
    public void A_batch_that_is_sent_again_under_older_sequences_is_confirmed_again()
    {
        foreach (var through in new[] { 10, 5 })
        {
            _fences.SendingBatch(through);
            _fences.BatchSent();
            _fences.Answered();
            _fences.EndOfRead();
        }

        Assert.Equal([10L, 5L], Reported().OfType<LinkConfirmed>().Select(report => report.ThroughSequence));
    }

    [Fact]
    public void Reports_of_a_report_come_after_it()
    {
        var order = new List<string>();
        LinkReports? reports = null;
        reports = new LinkReports(report =>
        {
            order.Add($"in {report}");
            if (order.Count == 1)
            {
                reports!.Post(new LinkWritten(1, 2));
                reports.Flush();
            }

            order.Add($"out {report}");
        });

        reports.Post(new LinkWritten(1, 1));
        reports.Flush();

        Assert.Equal(4, order.Count);
        Assert.StartsWith("out", order[1], StringComparison.Ordinal);
    }

    [Fact]
    public void PubAcks_that_nobody_takes_are_bounded_and_the_end_still_gets_through()
    {
        var taken = new List<LinkReport>();
        var reports = new LinkReports(taken.Add);
        var acks = new LinkPubAcks(1, new PubAck[1000]);
        var posted = 0;
        while (reports.Post(acks))
        {
            Assert.True(++posted < 1000);
        }

        Assert.True(reports.Post(new LinkWritten(1, 1)));
        Assert.True(reports.Post(new LinkLost(1, LinkLossKind.ServerError, "")));
        reports.Flush();
        reports.Post(new LinkWritten(1, 2));
        reports.Flush();

        Assert.Equal(posted + 2, taken.Count);
        Assert.IsType<LinkLost>(taken[^1]);
    }

    private IEnumerable<LinkReport> Reported()
    {
        _reports.Flush();
        _recorder.AssertRulesKept();
        return _recorder.Reports.Skip(1);
    }
}
