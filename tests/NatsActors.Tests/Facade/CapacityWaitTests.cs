using System.Globalization;
using NatsActors.Actors;
using NatsActors.Specs;
using NatsActors.Testing;
using NatsActors.Tests.Outages;

namespace NatsActors.Tests.Facade;

/// <summary><see cref="NatsPublisher.WaitForCapacityAsync"/>: completes at the low watermark, forgets nobody, ends with the publisher.</summary>
public sealed class CapacityWaitTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly FakeLinks _links = new();
    private readonly EventLog _events = new();
    private NatsPublisher _publisher = null!;

    public Task InitializeAsync()
    {
        _publisher = NatsPublisher.Start(
            new PublisherSettings { Buffer = new() { MaxMessages = 10, LowWatermark = 0.5, HighWatermark = 0.9 } },
            _links, null, TimeProvider.System, new Random(1), _events.Add);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => EndAsync(_publisher);

    [Fact]
    public async Task Below_the_low_watermark_it_is_complete_at_once()
    {
        Fill(5);
        Assert.True(_publisher.WaitForCapacityAsync().IsCompletedSuccessfully);
        Fill(1);
        var waiting = _publisher.WaitForCapacityAsync();
        Assert.False(waiting.IsCompleted);

        await _publisher.PurgeAsync();
        await waiting.WaitAsync(Soon);
    }

    [Fact]
    public async Task After_a_refusal_it_waits_until_the_refused_message_fits()
    {
        await using var publisher = NatsPublisher.Start(
            new PublisherSettings { Buffer = new() { MaxBytes = 10_000, LowWatermark = 0.5 } }, new FakeLinks(), null, TimeProvider.System,
            new Random(1), null);
        Assert.True(publisher.TryPublish("s", new byte[4_000], out _));
        Assert.False(publisher.TryPublish("s", new byte[7_000], out _));

        var waiting = publisher.WaitForCapacityAsync();
        Assert.False(waiting.IsCompleted);
        await publisher.PurgeAsync();

        await waiting.WaitAsync(Soon);
        Assert.True(publisher.TryPublish("s", new byte[7_000], out _));
        await publisher.PurgeAsync();
    }

    [Fact]
    public async Task Everybody_who_waits_hears_at_the_low_watermark_and_not_before()
    {
        // Below the high watermark and without a refusal there is no other news for which the buffer actor looks.
        Fill(8);
        var waiting = Enumerable.Range(0, 1000).Select(_ => _publisher.WaitForCapacityAsync()).ToList();
        var link = await ConnectAsync();
        await Until.TrueAsync(() => link.Batches.Count > 0);
        link.WrittenAll();
        link.Confirm(2);
        await Until.TrueAsync(() => _publisher.Status.BufferedMessages == 6);
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        link.Confirm(3);
        await Task.WhenAll(waiting).WaitAsync(Soon);
    }

    [Fact]
    public async Task A_crash_of_the_buffer_actor_forgets_nobody()
    {
        Fill(10);
        var waiting = _publisher.WaitForCapacityAsync();
        var link = await ConnectAsync();
        var buffer = await TestSystem.ChildAsync(_publisher.Reference, "buffer");
        buffer.Tell(Akka.Actor.Kill.Instance, Akka.Actor.ActorRefs.NoSender);
        await Until.TrueAsync(() => _links.Last != link);
        _links.Last.Up();
        Assert.False(waiting.IsCompleted);
        // After a loss with messages in flight the first batch is small.
        await Until.TrueAsync(() =>
        {
            if (_links.Last.Batches.Count > 0)
            {
                _links.Last.ConfirmAll();
            }

            return _publisher.Status.BufferedMessages == 0;
        });

        await waiting.WaitAsync(Soon);
    }

    [Fact]
    public async Task A_message_that_makes_room_by_dropping_large_ones_is_enough()
    {
        var drops = NatsPublisher.Start(
            new PublisherSettings { Buffer = new() { MaxBytes = 4096, LowWatermark = 0.5, HighWatermark = 0.9, Overflow = OverflowPolicy.DropOldest } },
            new FakeLinks(), null, TimeProvider.System, new Random(1), _events.Add);
        Assert.True(drops.TryPublish("s", new byte[3000], out _));
        Assert.True(drops.TryPublish("s", new byte[3000], out _));
        await _events.NextAsync<OverflowStarted>();
        var waiting = drops.WaitForCapacityAsync();
        Assert.False(waiting.IsCompleted);
        Assert.True(drops.TryPublish("s", new byte[1500], out _));

        await waiting.WaitAsync(Soon);
        await EndAsync(drops);
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_nothing_behind()
    {
        Fill(10);
        using var cancellation = new CancellationTokenSource();
        var waiting = _publisher.WaitForCapacityAsync(cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Soon));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _publisher.WaitForCapacityAsync(cancellation.Token));
        var parts = await PartsAsync();
        // At the end everybody who waits is taken out of the line.
        Assert.True(parts.Buffer.BeginEnd(null));
        Assert.Empty(parts.Buffer.TakeCapacityWaiters(out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_publisher_ends_there_will_be_no_room(bool dispose)
    {
        Fill(10);
        var waiting = _publisher.WaitForCapacityAsync();
        var end = dispose ? _publisher.DisposeAsync().AsTask() : _publisher.DrainAsync(TimeSpan.FromHours(1));

        // The drain goes on in the outage; who waits does not wait for its end.
        var error = await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WaitAsync(Soon));
        Assert.Contains("the publisher drains", error.Message, StringComparison.Ordinal);
        Assert.False(end.IsCompleted);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _publisher.WaitForCapacityAsync());
        await EndAsync(_publisher);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _publisher.WaitForCapacityAsync());
    }

    [Fact]
    public async Task Producers_that_wait_keep_their_order_over_an_outage()
    {
        const int Messages = 5000;
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using (var reader = await NatsReader.ConnectAsync(server.Port))
        {
            await new StreamAdmin(reader).CreateAsync("P", ["p.>"]);
        }

        await using var publisher = NatsPublisher.Start(new PublisherSettings
        {
            Connection = new() { Servers = [server.Url], Backoff = new() { Min = TimeSpan.FromMilliseconds(20), Max = TimeSpan.FromMilliseconds(200) } },
            Delivery = new() { Confirm = ConfirmMode.JetStream },
            Buffer = new() { MaxMessages = 500 },
        });
        var producers = Enumerable.Range(0, 3).Select(number => Task.Run(() => ProduceAsync(publisher, $"p.{number}", Messages))).ToList();
        await Until.TrueAsync(() => publisher.Status.Totals.Accepted > 1000);
        await server.KillAsync();
        await Until.TrueAsync(() => publisher.Status.Totals.Refused > 0);
        await server.RestartAsync();
        await Task.WhenAll(producers).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True((await publisher.FlushAsync(TimeSpan.FromSeconds(60))).Completed);

        await using var check = await NatsReader.ConnectAsync(server.Port);
        var stored = new List<(string Subject, int Number)>();
        await foreach (var message in new StreamAdmin(check).ReadAllAsync("P"))
        {
            stored.Add((message.Subject, int.Parse(message.Text, CultureInfo.InvariantCulture)));
        }

        Assert.All(stored.ToLookup(each => each.Subject), own => Assert.Equal(Enumerable.Range(1, Messages), own.Select(each => each.Number)));
        Assert.Equal(3 * Messages, stored.Count);
    }

    /// <summary>Ends a publisher without the time that disposing gives a drain.</summary>
    private static async Task EndAsync(NatsPublisher publisher)
    {
        try
        {
            await publisher.DrainAsync(TimeSpan.Zero);
        }
        catch (ObjectDisposedException)
        {
            // The test has ended it.
        }

        await publisher.DisposeAsync();
    }

    private static async Task ProduceAsync(NatsPublisher publisher, string subject, int messages)
    {
        for (var number = 1; number <= messages; number++)
        {
            while (!publisher.TryPublish(subject, System.Text.Encoding.ASCII.GetBytes($"{number}"), out _))
            {
                await publisher.WaitForCapacityAsync();
            }
        }
    }

    private void Fill(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(_publisher.TryPublish("s", "x"u8, out _));
        }
    }

    private async Task<FakeLink> ConnectAsync()
    {
        await Until.TrueAsync(() => _links.Count > 0);
        _links.Last.Up();
        await _events.NextAsync<Connected>();
        return _links.Last;
    }

    private async Task<PublisherParts> PartsAsync()
    {
        await Until.TrueAsync(() => _links.Count > 0);
        var system = ((Akka.Actor.ActorRefWithCell)_publisher.Reference).Underlying.System;
        Assert.True(NatsPublishers.Get(system).Running.TryGet("publisher", out _, out var parts));
        return parts;
    }
}
