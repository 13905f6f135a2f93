using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>What servers do besides failing: they end in good order, and they deny.</summary>
public abstract class ServerSuite(IPublisherHost host)
{
    private readonly EventLog _events = new();

    [Fact]
    public async Task A_lame_duck_is_left_for_another_server_without_a_loss_or_a_resend()
    {
        await using var old = await NatsServer.StartAsync(new NatsServerOptions { Config = "lame_duck_duration: \"30s\"\nlame_duck_grace_period: \"20s\"" });
        await using var other = await NatsServer.StartAsync();
        await using var oldReader = await NatsReader.ConnectAsync(old.Port);
        await using var otherReader = await NatsReader.ConnectAsync(other.Port);
        await oldReader.SubscribeAsync("t");
        await otherReader.SubscribeAsync("t");
        await using var publisher = await host.StartAsync(
            new PublisherSettings { Connection = new ConnectionSettings { Servers = [old.Url, other.Url], RandomizeServers = false } },
            _events.Add);
        await _events.NextAsync<Connected>();
        var moved = _events.NextAsync<Reconnected>();
        var sent = 0;
        async Task SendAsync()
        {
            sent++;
            Assert.IsType<Ack>(await publisher.PublishAsync(new Publish("t", System.Text.Encoding.UTF8.GetBytes($"{sent}"))));
        }

        while (!moved.IsCompleted)
        {
            if (sent == 1000)
            {
                old.Signal(Signals.User2);
            }

            await SendAsync();
            await Task.Yield();
        }

        // At least one message goes to the other server.
        await SendAsync();
        Assert.Equal(other.Url, (await moved).Server);
        Assert.True((await publisher.FlushAsync(TimeSpan.FromSeconds(10))).Completed);
        await otherReader.PingAsync();
        await oldReader.WaitForAsync(1);
        // The server that goes may end the reader's connection before it has passed on what it has read.
        var numbers = oldReader.Messages.Concat(otherReader.Messages).Select(message => int.Parse(message.Text)).ToList();
        Assert.Equal(numbers.Distinct().Order(), numbers);
        Assert.Equal((1, sent), (numbers[0], numbers[^1]));
        var totals = (await publisher.StatusAsync()).Totals;
        Assert.Equal((sent, 0L), (totals.Delivered, totals.Resent));
        Assert.Single(_events.All.OfType<LameDuck>());
    }

    [Fact]
    public async Task A_denied_subject_is_undelivered_and_its_neighbours_are_delivered()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = "authorization { users = [ { user: u, password: p, permissions: { publish: { deny: [\"no.>\"] } } } ] }",
        });
        await using var publisher = await host.StartAsync(new PublisherSettings
        {
            Connection = new ConnectionSettings { Servers = [server.Url], Credentials = NatsCredentials.UserPassword("u", "p") },
        });
        var outcomes = await Task.WhenAll(new[] { "yes", "no.1", "yes", "no.2", "yes" }
            .Select(subject => publisher.PublishForOutcomeAsync(new Publish(subject, default))));
        Assert.Equal(
            [null, UndeliveredReason.PermissionDenied, null, UndeliveredReason.PermissionDenied, null],
            outcomes.Select(outcome => (outcome.Outcome as Undelivered)?.Reason));
        var status = await publisher.StatusAsync();
        Assert.Equal((3L, 2L, 0L), (status.Totals.Delivered, status.Totals.Undelivered, status.Reconnects));
    }

    [Fact]
    public async Task Refused_credentials_can_be_final()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { token: right }" });
        await using var publisher = await host.StartAsync(
            new PublisherSettings
            {
                Connection = new ConnectionSettings
                {
                    Servers = [server.Url],
                    Credentials = NatsCredentials.ForToken("wrong"),
                    AuthorizationError = AuthorizationErrorPolicy.Stop,
                },
            },
            _events.Add);
        var (reply, outcome) = await publisher.PublishForOutcomeAsync(new Publish("t", default));
        Assert.True(reply is Rejected { Reason: RejectReason.Closed } || outcome is Undelivered { Reason: UndeliveredReason.Closed });
        Assert.True((await _events.NextAsync<AuthenticationFailed>()).Final);
        Assert.NotNull((await _events.NextAsync<Closed>()).Cause);
    }
}
