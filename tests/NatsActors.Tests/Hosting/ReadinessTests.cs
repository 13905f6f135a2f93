using Microsoft.Extensions.Diagnostics.HealthChecks;
using NatsActors.Hosting;

namespace NatsActors.Tests.Hosting;

/// <summary>What the readiness check makes of a status.</summary>
public sealed class ReadinessTests
{
    private const string JournalDown = "the journal is down: new messages are rejected";

    private static readonly PublisherStatus Ready = new()
    {
        State = ConnectionState.Connected,
        BufferedMessages = 4,
        BufferedBytes = 40,
        UndurableMessages = 3,
        InFlightMessages = 0,
        InFlightBytes = 0,
        MaxMessages = 10,
        MaxBytes = 1000,
        Totals = new LedgerTotals(),
    };

    [Fact]
    public void With_a_link_and_a_journal_it_is_ready()
    {
        var result = Of(Ready);

        Assert.Equal((HealthStatus.Healthy, null), (result.Status, result.Description));
        Assert.Equal((3L, 0.0), (result.Data["undurable-messages"], result.Data["journal-down-seconds"]));
    }

    [Fact]
    public void Without_a_journal_it_is_not_ready_although_there_is_a_link()
    {
        var result = Of(Ready with { JournalDownFor = TimeSpan.FromSeconds(2.54) });

        Assert.Equal((HealthStatus.Unhealthy, JournalDown), (result.Status, result.Description));
        Assert.Equal(2.5, result.Data["journal-down-seconds"]);
    }

    [Theory]
    [InlineData(ConnectionState.Backoff, "backoff; refused; " + JournalDown)]
    [InlineData(ConnectionState.Closed, "closed; refused")]
    public void Without_a_link_both_are_told_unless_the_publisher_has_ended(ConnectionState state, string description)
    {
        var result = Of(Ready with { State = state, LastError = "refused", JournalDownFor = TimeSpan.Zero });

        Assert.Equal((HealthStatus.Unhealthy, description), (result.Status, result.Description));
    }

    private static HealthCheckResult Of(PublisherStatus status)
    {
        var context = new HealthCheckContext { Registration = new("ready", _ => throw new NotSupportedException(), null, null) };
        return ReadinessCheck.Of(context, status, 0.8);
    }
}
