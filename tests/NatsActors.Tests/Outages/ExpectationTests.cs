using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>What a sender's own headers expect of the stream is passed through, and its refusal is an outcome in the server's words.</summary>
public sealed class ExpectationTests
{
    [Fact]
    public async Task An_expectation_that_is_not_met_ends_its_message_alone()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync("LINES", ["lines"]);
        await using var publisher = NatsPublisher.Start(new PublisherSettings
        {
            Connection = new ConnectionSettings { Servers = [server.Url] },
            Delivery = new DeliverySettings { Confirm = ConfirmMode.JetStream },
        });

        var outcomes = await Task.WhenAll(new[]
        {
            ("Nats-Expected-Stream", "LINES"), ("Nats-Expected-Stream", "OTHER"),
            ("Nats-Expected-Last-Sequence", "1"), ("Nats-Expected-Last-Sequence", "1"), ("Nats-Expected-Last-Subject-Sequence", "2"),
        }.Select(each => publisher.PublishForOutcomeAsync(new Publish("lines", default) { Headers = [new(each.Item1, each.Item2)] })));

        Assert.Equal([1L, null, 2L, null, 3L], outcomes.Select(each => (each.Outcome as Stored)?.StreamSequence));
        Assert.Contains("expected stream does not match", Detail(outcomes[1].Outcome), StringComparison.Ordinal);
        Assert.Contains("wrong last sequence: 2", Detail(outcomes[3].Outcome), StringComparison.Ordinal);
        Assert.Equal(0, publisher.Status.Totals.Resent);
    }

    private static string? Detail(Outcome? outcome)
    {
        var undelivered = Assert.IsType<Undelivered>(outcome);
        Assert.Equal(UndeliveredReason.NotStored, undelivered.Reason);
        return undelivered.Detail;
    }
}
