using System.Globalization;
using System.Text;
using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary><c>jetstream.strict-order</c> against a real stream: what it refuses, and what the publisher makes of it.</summary>
public sealed class StrictOrderTests
{
    private const int Count = 2000;
    private const int MaxMessage = 1000;

    [Fact]
    public async Task Messages_of_another_writer_and_messages_that_are_refused_hold_nothing_up()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var other = await NatsReader.ConnectAsync(server.Port);
        var admin = new StreamAdmin(other);
        await admin.CreateAsync("LINES", ["lines.>"], maxMessageSize: MaxMessage);
        await using var publisher = NatsPublisher.Start(Settings(server.Url));

        for (var n = 1; n <= Count; n++)
        {
            // Every 400th is too large for the stream, and twice another writer comes in between.
            var text = n.ToString(CultureInfo.InvariantCulture).PadRight(n % 400 == 0 ? MaxMessage + 1 : 10);
            Assert.IsType<Ack>(await publisher.PublishAsync("lines.ours", Encoding.UTF8.GetBytes(text)));
            if (n % 900 == 0)
            {
                await other.PublishAsync("lines.theirs", "x"u8.ToArray());
            }
        }

        var flushed = await publisher.FlushAsync(Until.DefaultTimeout);
        Assert.True(flushed.Completed, $"{flushed.Remaining} left: {publisher.Status.LastError}");
        var ours = new List<int>();
        await foreach (var message in admin.ReadAllAsync("LINES"))
        {
            if (message.Subject == "lines.ours")
            {
                ours.Add(int.Parse(Encoding.UTF8.GetString(message.Payload), CultureInfo.InvariantCulture));
            }
        }

        Assert.Equal(Enumerable.Range(1, Count).Where(n => n % 400 != 0), ours);
        var totals = publisher.Status.Totals;
        Assert.Equal((Count - 5L, 5L), (totals.Stored, totals.UndeliveredByReason[UndeliveredReason.NotStored]));
    }

    [Fact]
    public async Task A_message_that_follows_one_that_is_missing_is_not_stored_before_it()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var other = await NatsReader.ConnectAsync(server.Port);
        var admin = new StreamAdmin(other);
        await admin.CreateAsync("LATE", ["late"]);
        await using var publisher = NatsPublisher.Start(Settings(server.Url));

        // No stream listens on the first subject yet: the second message, whose stream is there, has to wait for the first.
        var first = publisher.PublishForOutcomeAsync(new Publish("missing", default));
        var second = publisher.PublishForOutcomeAsync(new Publish("late", default));
        await Until.TrueAsync(() => publisher.Status.Totals.Resent > 0);
        Assert.Equal(0, (await admin.InfoAsync("LATE")).Messages);
        await admin.CreateAsync("MISSING", ["missing"]);

        Assert.IsType<Stored>((await first).Outcome);
        Assert.IsType<Stored>((await second).Outcome);
    }

    /// <param name="ownIds">Ids of the user's and of all lengths: one that is longer than the one in the gap is left to a refusal.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_gaps_of_what_expired_in_an_outage_cost_no_resends(bool ownIds)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using (var other = await NatsReader.ConnectAsync(server.Port))
        {
            await new StreamAdmin(other).CreateAsync("LINES", ["lines"]);
        }

        await using var publisher = NatsPublisher.Start(Settings(server.Url));
        await Until.TrueAsync(() => publisher.Status.State == ConnectionState.Connected);
        await server.StopAsync();
        await Until.TrueAsync(() => publisher.Status.State != ConnectionState.Connected);
        for (var n = 1; n <= Count; n++)
        {
            var id = ownIds && n % 7 == 0 ? new string('i', n % 30) + n.ToString(CultureInfo.InvariantCulture) : null;
            Assert.IsType<Ack>(await publisher.PublishAsync(new Publish("lines", Encoding.UTF8.GetBytes($"{n}"))
            {
                Id = id, TimeToLive = Expires(n) ? TimeSpan.FromMilliseconds(1) : null,
            }));
        }

        var kept = Enumerable.Range(1, Count).Where(n => !Expires(n)).ToList();
        await Until.TrueAsync(() => publisher.Status.BufferedMessages == kept.Count);
        await server.RestartAsync();
        Assert.True((await publisher.FlushAsync(Until.DefaultTimeout)).Completed);
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var stored = new List<int>();
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync("LINES"))
        {
            stored.Add(int.Parse(Encoding.UTF8.GetString(message.Payload), CultureInfo.InvariantCulture));
        }

        Assert.Equal(kept, stored);
        Assert.True(ownIds || publisher.Status.Totals.Resent < 100, $"{publisher.Status.Totals.Resent} resent");

        static bool Expires(int n) => n % 4 == 0;
    }

    private static PublisherSettings Settings(string url) => new()
    {
        Connection = new ConnectionSettings { Servers = [url] },
        Delivery = new DeliverySettings { Confirm = ConfirmMode.JetStream },
        JetStream = new JetStreamSettings
        {
            StrictOrder = true, RetryAttempts = 100, RetryMin = TimeSpan.FromMilliseconds(20), RetryMax = TimeSpan.FromMilliseconds(50),
        },
    };
}
