using System.Text;
using NatsActors.Serialization;

namespace NatsActors.Tests.Contract;

/// <summary>What the records of the contract promise by themselves.</summary>
public sealed class ContractTests
{
    // Records in the library's namespace that are no messages: settings, and parts of messages.
    private static readonly string[] NoMessages = [nameof(LedgerTotals), nameof(UndeliveredMessage), nameof(NatsCredentials), nameof(PublishResult), nameof(PublishCounts)];

    public static TheoryData<string> Messages => [.. ContractSamples.Types.Select(type => type.Name)];

    [Fact]
    public void The_manifests_stay()
    {
        Assert.Equal(
            """
            p Publish
            pb PublishBatch
            gs GetStatus
            f Flush
            d Drain
            pu Purge
            fr ForceReconnect
            a Ack
            bf BufferFull
            rj Rejected
            br BatchReply
            fd Flushed
            dd Drained
            pd Purged
            st PublisherStatus
            ca CapacityAvailable
            od Delivered
            os Stored
            ou Undelivered
            ec Connected
            ed Disconnected
            er Reconnected
            ea AuthenticationFailed
            et TlsFailed
            es ServersDiscovered
            el LameDuck
            eh HighWatermark
            eo OverflowStarted
            ee OverflowEnded
            eu MessagesUndelivered
            ew DuplicateWindowExceeded
            ejf JournalFailed
            ejr JournalRecovered
            ejd JournalDamaged
            eor OutcomeRecovered
            eg Draining
            ex Closed
            uo OversizedMessage
            uu UnreadableMessage
            """.ReplaceLineEndings("\n"),
            string.Join('\n', ContractTable.All.Select(entry => $"{entry.Manifest} {entry.Type.Name}")));
    }

    [Fact]
    public void Every_message_has_a_manifest_and_the_other_way_round() =>
        Assert.Equal(ContractSamples.Types, ContractTable.All.Select(entry => entry.Type).OrderBy(type => type.Name, StringComparer.Ordinal));

    [Fact]
    public void Every_public_record_is_a_message_or_known_to_be_none()
    {
        var records = typeof(Publish).Assembly.GetExportedTypes()
            .Where(type => type is { Namespace: nameof(NatsActors), IsAbstract: false } && type.GetInterfaces().Any(i => i.Name.StartsWith("IEquatable", StringComparison.Ordinal)))
            .Where(type => !type.IsEnum && !type.Name.EndsWith("Settings", StringComparison.Ordinal) && !NoMessages.Contains(type.Name));

        Assert.All(records, type => Assert.True(type.IsAssignableTo(typeof(IContractMessage)), $"{type} has no manifest"));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_text_never_shows_a_payload_or_a_header_value(string name)
    {
        var message = ContractSamples.Full(ContractSamples.Types.Single(type => type.Name == name));

        Assert.DoesNotContain(ContractSamples.Secret, message.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(Encoding.UTF8.GetBytes(ContractSamples.Secret)), message.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_text_never_throws_because_a_callers_list_does()
    {
        Assert.Contains("Headers = ?", new Publish("a", default) { Headers = new BrokenList<KeyValuePair<string, string>>() }.ToString(), StringComparison.Ordinal);
        Assert.Contains("Messages = ?", new PublishBatch(new BrokenList<Publish>()).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_without_a_list_fails_where_it_is_made()
    {
        Assert.Equal("Messages", Assert.Throws<ArgumentNullException>(() => new PublishBatch(null!)).ParamName);
        Assert.Equal("Messages", Assert.Throws<ArgumentNullException>(() => new PublishBatch([]) with { Messages = null! }).ParamName);
        Publish[] messages = [new("a", default)];
        Assert.Same(messages, (new PublishBatch([]) with { Messages = messages }).Messages);
    }

    [Fact]
    public void A_shortened_account_of_a_drain_is_not_complete()
    {
        Assert.True(new Drained(new LedgerTotals(), []).Complete);
        Assert.False((new Drained(new LedgerTotals(), []) { UndeliveredOmitted = 1 }).Complete);
    }
}
