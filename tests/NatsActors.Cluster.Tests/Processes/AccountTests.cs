using NatsActors.Cluster.Nodes;

namespace NatsActors.Cluster.Tests.Processes;

/// <summary>The account finds what it is there to find.</summary>
public sealed class AccountTests
{
    [Fact]
    public void A_message_with_an_Ack_that_is_nowhere_is_lost_unless_it_was_reported()
    {
        string[] lines = ["acked s.1|k|1", "acked s.1|k|2"];
        var lost = Account.Of(lines, Stamps("s.1|k|1"));
        Assert.Equal((2, 1, 1), (lost.Acked, lost.Stored, lost.Lost));
        Assert.Contains("1 messages with an Ack are lost: s.1|k|2", Assert.Single(lost.Broken), StringComparison.Ordinal);

        var reported = Account.Of([.. lines, "undelivered s.1|k|2 NotStored no room"], Stamps("s.1|k|1"));
        Assert.Equal((0, "s.1|k|2 NotStored no room"), (reported.Lost, Assert.Single(reported.Reported)));
        Assert.Empty(reported.Broken);

        var another = Account.Of([.. lines, "undelivered s.1|k|1 NotStored no room"], Stamps("s.1|k|1"));
        Assert.Equal(1, another.Lost);
    }

    [Fact]
    public void First_occurrences_count_for_the_order_and_every_one_for_duplicates()
    {
        var account = Account.Of([], Stamps("s.1|k|1", "s.1|k|3", "s.2|k|1", "s.1|k|2", "s.1|k|1"));
        Assert.Equal((1, 1), (account.OutOfOrder, account.StoredTwice));
        Assert.Contains("s.1|k|2 after 3", account.Broken[0], StringComparison.Ordinal);
        Assert.Contains("stored twice: s.1|k|1", account.Broken[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_node_has_noted_as_a_failure_breaks_the_run() =>
        Assert.Equal(["failed the journal is damaged"], Account.Of(["failed the journal is damaged"], []).Broken);

    private static Stamp[] Stamps(params string[] texts) => [.. texts.Select(Stamp.Parse)];
}
