using NatsActors.Crash;

namespace NatsActors.Faults.Tests.Crash;

using Arrivals = NatsActors.Crash.Arrivals;

/// <summary>An account that cannot fail proves nothing: each broken promise is found.</summary>
public sealed class AccountTests
{
    private const long MarkBytes = 1000;

    private readonly Arrivals _seen = new();
    private readonly Arrivals _stored = new();
    private readonly LifeBook[] _lives = [new() { Life = 1 }, new() { Life = 2 }];

    public AccountTests()
    {
        _seen.NextLife();
    }

    [Fact]
    public void What_was_read_once_and_in_order_breaks_nothing()
    {
        Record(1, "offered 4", "acked 1 2 1", "acked 4 1 4");
        Record(2, "recovered 0", "offered 1", "acked 1 1 5");
        Arrive((1, 1), (1, 2), (1, 4), (2, 1));

        Assert.Empty(Make().Broken);
    }

    [Fact]
    public void A_message_without_an_Ack_may_be_read_or_not()
    {
        Record(1, "offered 9", "acked 1 1 1");
        Arrive((1, 1), (1, 5));

        var account = Make();

        Assert.Empty(account.Broken);
        Assert.Equal((1, 1), (account.Hits["between accept and persist"], account.Hits["between persist and Ack"]));
    }

    [Fact]
    public void A_message_with_an_Ack_that_was_not_read_is_lost_unless_it_may_expire()
    {
        Record(1, "acked 1 3 1");
        Arrive((1, 1));

        var account = Make();

        Assert.Equal((1, 1), (account.Lost, account.Expired));
        Assert.Contains("lost: 1-2", Assert.Single(account.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_behind_one_of_a_later_life_is_out_of_order_and_its_repetition_is_not()
    {
        Record(1, "acked 1 2 1");
        Record(2, "acked 1 1 3");
        Arrive((1, 1), (2, 1), (1, 2), (1, 1));

        var account = Make();

        Assert.Equal(1, account.OutOfOrder);
        Assert.Contains("out of order", Assert.Single(account.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_was_seen_before_a_kill_counts_against_its_bound_and_once()
    {
        Record(1, "acked 1 200 1");
        Arrive([.. Enumerable.Range(1, 200).Select(number => (1, number))]);
        // A link was cut: no kill has sent these twice.
        Arrive([.. Enumerable.Range(1, 200).Select(number => (1, number))]);
        Assert.Empty(_seen.SeenAgain);
        _seen.NextLife();
        Arrive((1, 7), (1, 7));

        Assert.Equal(new Stamp(1, 7).FrameBytes, Make().MostBytesAgain);

        Arrive([.. Enumerable.Range(1, 200).Select(number => (1, number))]);
        Assert.Contains("bytes again", Assert.Single(Make().Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_must_not_have_a_message_twice()
    {
        Record(1, "acked 1 1 1");
        Arrive((1, 1));
        _stored.Add(new Stamp(1, 1).ToPayload());
        _stored.Add(new Stamp(1, 1).ToPayload());

        var account = Account.Of(_lives, _seen, _stored, kills: 1, MarkBytes);

        Assert.Equal(1, account.StoredTwice);
        Assert.Contains("twice", Assert.Single(account.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sequence_that_was_given_away_twice_is_found()
    {
        Record(1, "acked 1 2 1");
        Record(2, "acked 1 1 2");
        Arrive((1, 1), (1, 2), (2, 1));

        Assert.Contains("do not rise", Assert.Single(Make().Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Outcomes_that_are_not_true_and_refused_messages_that_arrive_are_found()
    {
        Record(1, "acked 3 1 1", "refused 4 1 BufferFull", "ended 1-3 Delivered");
        Record(2, "ended 1-3 Indeterminate");
        Arrive((1, 4));

        var broken = Make().Broken;

        Assert.Contains(broken, promise => promise.Contains("2 outcomes", StringComparison.Ordinal));
        Assert.Contains(broken, promise => promise.Contains("were refused", StringComparison.Ordinal));
    }

    [Fact]
    public void Other_contents_and_faults_of_a_journal_are_found()
    {
        Record(1, "failed the journal failed: no room");
        var torn = new Stamp(1, 2).ToPayload();
        torn[^1] ^= 1;
        _seen.Add(torn);

        var broken = Make().Broken;

        Assert.Contains(broken, promise => promise.Contains("other contents", StringComparison.Ordinal));
        Assert.Contains(broken, promise => promise.Contains("no room", StringComparison.Ordinal));
    }

    private void Record(int life, params string[] lines) => Array.ForEach(lines, _lives[life - 1].Add);

    private void Arrive(params (int Life, int Number)[] messages)
    {
        foreach (var (life, number) in messages)
        {
            _seen.Add(new Stamp(life, number).ToPayload());
        }
    }

    private Account Make() => Account.Of(_lives, _seen, null, kills: 1, MarkBytes);
}
