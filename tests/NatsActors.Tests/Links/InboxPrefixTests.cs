using NatsActors.Buffer;
using NatsActors.Links;
using NatsActors.Settings;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary><c>connection.inbox-prefix</c>: where PubAcks come to.</summary>
public sealed class InboxPrefixTests
{
    private const string Users =
        """
        authorization { users = [
          { user: admin, password: p }
          { user: u, password: p, permissions: { publish: ">", subscribe: "team.inbox.>" } }
        ] }
        """;

    [Theory]
    [InlineData("team.inbox", true)]
    [InlineData("_INBOX", false)]
    public async Task PubAcks_come_below_the_prefix_that_the_user_may_subscribe_to(string prefix, bool allowed)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true, Config = Users });
        await using var reader = await NatsReader.ConnectAsync(server.Port, "admin", "p");
        await new StreamAdmin(reader).CreateAsync("LINES", ["lines"]);
        var inbox = $"{prefix}.PUB1";

        var (link, recorder) = LinkRig.Open(
            $"nats://u:p@127.0.0.1:{server.Port}", settings: new ConnectionSettings { InboxPrefix = prefix }, ackInbox: inbox);

        if (allowed)
        {
            await recorder.WaitAsync<LinkUp>();
            link.Write(Batches.Request(1, "lines", $"{inbox}.1", "id-1", "one"));
            Assert.Equal("LINES", (await recorder.WaitAsync<LinkPubAcks>()).Acks[0].Stream);
        }
        else
        {
            var lost = await recorder.LostAsync();
            Assert.Equal(LinkLossKind.ServerError, lost.Kind);
            Assert.Contains("Permissions Violation for Subscription", lost.Detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("_INBOX")]
    [InlineData("team.inbox")]
    public void A_literal_subject_is_a_prefix(string prefix) => Assert.Empty(Check(prefix));

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a..b", "has an empty token at position 2")]
    [InlineData("a.", "has an empty token at position 2")]
    [InlineData("a b", "has white space at position 1")]
    [InlineData("a.*", "has the wildcard '*' at position 2")]
    [InlineData(">", "has the wildcard '>' at position 0")]
    [InlineData(null, "must not be null")]
    public void What_is_no_literal_subject_is_told_with_its_key_and_what_is_allowed(string? prefix, string reason)
    {
        var violation = Assert.Single(Check(prefix));

        Assert.StartsWith("connection.inbox-prefix: ", violation, StringComparison.Ordinal);
        Assert.Contains(reason, violation, StringComparison.Ordinal);
        if (prefix is not null)
        {
            Assert.EndsWith("must be a subject without wildcards, such as _INBOX or _INBOX.team", violation, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_prefix_must_leave_room_in_the_control_line() =>
        Assert.Contains("must have at most 255 bytes", Assert.Single(Check(new string('x', 256))), StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "_INBOX")]
    [InlineData("team.inbox", "team.inbox")]
    public void HOCON_gives_the_prefix_and_reference_conf_its_default(string? given, string expected)
    {
        KeyValuePair<string, string?>[] values = given is null ? [] : [new("connection.inbox-prefix", given)];

        var settings = SettingsReader.Read("publisher", values, SettingsSource.Configuration("x"), null);

        Assert.Equal(expected, settings.Connection.InboxPrefix);
    }

    private static IReadOnlyList<string> Check(string? prefix) =>
        SettingsValidation.Check(new PublisherSettings { Connection = new ConnectionSettings { InboxPrefix = prefix! } });
}
