using NatsActors.Diagnostics;
using NatsActors.Door;
using NatsActors.Testing;
using NatsActors.Tests.Outages;

namespace NatsActors.Tests.Diagnostics;

/// <summary>What stands in a publisher's log about its journal.</summary>
public sealed class DurabilityLinesTests
{
    private readonly LineLog _log = new();
    private readonly VirtualTime _time = new();
    private readonly PublisherJournal _journal;

    public DurabilityLinesTests()
    {
        var clock = new PublisherClock(_time);
        _journal = new PublisherJournal("orders", _log, clock, new GuardedBuffer(new PublisherSettings(), clock, "id"));
    }

    /// <summary>Level, event id and text, without the fields.</summary>
    private IReadOnlyList<string> Lines => [.. _log.All.Select(line => line.Split(" [[")[0])];

    [Fact]
    public void The_start_has_one_line_with_what_was_taken_up()
    {
        _journal.Note(Recovered(seconds: 2, messages: 7));

        Assert.Equal(["Information 25 orders: 7 messages (700 wire bytes) were taken up from the journal in 00:00:02"], Lines);
    }

    [Fact]
    public void A_failure_has_a_line_at_its_begin_once_a_minute_and_at_its_end()
    {
        _journal.Note(Failed("no disk", rejected: 3));
        Pass(TimeSpan.FromMinutes(2.5));
        _journal.Note(Recovered(seconds: 150));
        Pass(TimeSpan.FromMinutes(5));

        Assert.Equal(
            [
                "Warning 24 orders: the journal failed: no disk; 3 messages that waited for it were rejected, and so are new ones until it works",
                "Warning 27 orders: the journal is still down after 00:01:00: no disk; 0 messages were rejected",
                "Warning 27 orders: the journal is still down after 00:02:00: no disk; 0 messages were rejected",
                "Information 26 orders: the journal works again after 00:02:30; 0 messages (0 wire bytes) were taken up from it",
            ],
            Lines);
    }

    [Fact]
    public void A_second_cause_in_one_episode_makes_no_line_and_the_next_minute_names_it()
    {
        _journal.Note(Failed("no disk"));
        _journal.Note(Failed("no table"));
        Pass(TimeSpan.FromMinutes(1));

        Assert.Equal(2, Lines.Count);
        Assert.Contains("still down after 00:01:00: no table;", Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_that_comes_and_goes_makes_a_summary_every_10_s_at_most()
    {
        const int failures = 40;
        for (var n = 0; n < failures; n++)
        {
            _journal.Note(Failed($"cause {n}"));
            _journal.Note(Recovered(seconds: 0));
            Pass(TimeSpan.FromMilliseconds(500));
        }

        Pass(TimeSpan.FromMinutes(5));

        var summaries = Lines.Where(line => line.StartsWith("Warning 28", StringComparison.Ordinal)).ToList();
        Assert.Single(Lines, line => line.StartsWith("Warning 24", StringComparison.Ordinal));
        Assert.Matches("the journal failed [0-9]+ times more in the last 10 s; the last cause: cause [0-9]+; 0 messages were rejected; now it works$", summaries[0]);
        Assert.Equal(failures - 1, summaries.Sum(line => int.Parse(line.Split("failed ")[1].Split(' ')[0], null)));
        Assert.InRange(Lines.Count, 4, 8);
    }

    [Fact]
    public void A_failure_that_was_held_is_written_before_the_last_line()
    {
        _journal.Note(Failed("no disk"));
        _journal.Note(Recovered(seconds: 1));
        _journal.Note(Failed("no table"));
        _journal.Closed(new Drained(new LedgerTotals(), []), null);

        Assert.Contains("the journal failed 1 times more in the last 0 s; the last cause: no table; 0 messages were rejected; now it is down", Lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_an_error_and_repeats_are_counted()
    {
        for (var number = 5; number < 9; number++)
        {
            _journal.Note(new JournalDamaged { Publisher = "orders", SequenceNr = number, Detail = "no page of messages" });
        }

        Pass(TimeSpan.FromSeconds(20));

        Assert.Equal(
            [
                "Error 29 orders: the journal is damaged at event 5: no page of messages",
                "Error 21 orders: JournalDamaged 3 times more in the last 10 s; the last: event 8: no page of messages",
            ],
            Lines);
    }

    [Fact]
    public void Recovered_outcomes_make_no_line()
    {
        for (var sequence = 1; sequence <= 1000; sequence++)
        {
            _journal.Note(new OutcomeRecovered { Publisher = "orders", Outcome = new Undelivered(sequence, UndeliveredReason.Expired) });
        }

        Pass(TimeSpan.FromMinutes(2));
        Assert.Empty(Lines);
    }

    [Fact]
    public void What_the_journal_keeps_is_counted_in_the_last_line()
    {
        _journal.Note(new MessagesUndelivered { Publisher = "orders", Reason = UndeliveredReason.Kept, Count = 2 });
        _journal.Closed(
            new Drained(new LedgerTotals(), [new(1, "a", 10, UndeliveredReason.Kept), new(2, "a", 10, UndeliveredReason.Kept)]), null);

        Assert.Contains("2 messages not sent (2 of them are kept in the journal): 2 to a; ", Assert.Single(Lines), StringComparison.Ordinal);
    }

    /// <summary>What the buffer actor does with the journal's timer.</summary>
    private void Pass(TimeSpan time)
    {
        var end = _time.GetUtcNow() + time;
        while (_time.GetUtcNow() < end)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            _journal.Tick();
        }
    }

    private static JournalFailed Failed(string cause, long rejected = 0) => new() { Publisher = "orders", Cause = cause, Rejected = rejected };

    private static JournalRecovered Recovered(double seconds, long messages = 0) =>
        new() { Publisher = "orders", Messages = messages, Bytes = messages * 100, Duration = TimeSpan.FromSeconds(seconds) };
}
