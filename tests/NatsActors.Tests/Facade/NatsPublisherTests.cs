using Akka.Actor;
using NatsActors.Actors;
using NatsActors.Specs;
using NatsActors.Testing;
using NatsActors.Tests.Outages;

namespace NatsActors.Tests.Facade;

/// <summary>The facade over links under the test's control: its doors, its events, its end.</summary>
public sealed class NatsPublisherTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly FakeLinks _links = new();
    private readonly EventLog _events = new();
    private readonly LineLog _lines = new();
    private NatsPublisher? _publisher;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        try
        {
            await _publisher!.DrainAsync(TimeSpan.Zero);
        }
        catch (ObjectDisposedException)
        {
            // The test has done it.
        }

        await _publisher!.DisposeAsync();
    }

    [Fact]
    public async Task A_publisher_takes_messages_when_its_start_returns()
    {
        var publisher = Start();
        Assert.True(publisher.TryPublish("s", "1"u8, out _));
        Assert.Equal(1, publisher.Status.BufferedMessages);
    }

    [Fact]
    public async Task All_doors_lead_to_one_order()
    {
        var publisher = Start();
        Assert.True(publisher.TryPublish("s", "1"u8, out _));
        Assert.Equal(2, Assert.IsType<Ack>(await publisher.PublishAsync("s", "2"u8.ToArray())).Sequence);
        Assert.Equal(new BatchReply(2, 3, null), await publisher.PublishAsync([new Publish("s", "3"u8.ToArray()), new Publish("s", "4"u8.ToArray())]));
        var outcome = publisher.PublishForOutcomeAsync(new Publish("s", "5"u8.ToArray()) { CorrelationId = "c" });
        await Until.TrueAsync(() => publisher.Status.BufferedMessages == 5);
        await ServeAsync();
        Assert.Equal(["1", "2", "3", "4", "5"], _links.Last.Payloads);
        Assert.Equal(new Delivered(5) { CorrelationId = "c" }, (await outcome).Outcome);
    }

    [Fact]
    public async Task The_direct_door_may_drop_the_oldest()
    {
        var publisher = Start(s => s with { Buffer = s.Buffer with { MaxMessages = 2, Overflow = OverflowPolicy.DropOldest } });
        for (var i = 0; i < 5; i++)
        {
            Assert.True(publisher.TryPublish("s", "x"u8, out _));
        }

        Assert.Equal((2, 3), (publisher.Status.BufferedMessages, publisher.Status.Totals.UndeliveredByReason[UndeliveredReason.Dropped]));
        Assert.Equal(OverflowPolicy.DropOldest, (await _events.NextAsync<OverflowStarted>()).Policy);
        // The first may be told of before the others are dropped.
        await Until.TrueAsync(() => _events.All.OfType<MessagesUndelivered>().Sum(told => told.Count) == 3);
    }

    [Fact]
    public async Task A_refusal_of_the_direct_door_starts_an_episode_also_under_overflow_wait()
    {
        var publisher = Start(s => s with { Buffer = s.Buffer with { MaxMessages = 1, Overflow = OverflowPolicy.Wait } });
        Assert.True(publisher.TryPublish("s", "x"u8, out _));
        Assert.False(publisher.TryPublish("s", "x"u8, out var refusal));
        Assert.Equal(BufferLimit.Messages, Assert.IsType<BufferFull>(refusal).Limit);
        await _events.NextAsync<OverflowStarted>();
        Assert.Equal(1, publisher.Status.Totals.Refused);
    }

    [Fact]
    public async Task A_time_to_live_beyond_what_a_timer_takes_is_no_error()
    {
        var publisher = Start();
        await publisher.PublishAsync(new Publish("s", default) { TimeToLive = TimeSpan.FromDays(365) });
        await ServeAsync();
        Assert.True((await publisher.FlushAsync(Soon)).Completed);
        Assert.Single(_links.Opened);
    }

    [Fact]
    public async Task A_handler_that_throws_keeps_no_event_from_the_others()
    {
        var publisher = Start();
        var second = new EventLog();
        publisher.EventRaised += _ => throw new InvalidOperationException("a user's fault");
        publisher.EventRaised += second.Add;
        await Until.TrueAsync(() => _links.Count > 0);
        _links.Last.Up();
        await second.NextAsync<Connected>();
        Assert.Contains(_lines.All, line => line.Contains("handler of the event Connected failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_wants_an_outcome_needs_the_door_that_gives_one()
    {
        var publisher = Start();
        var message = new Publish("s", default) { WantsOutcome = true };
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishAsync(message));
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishAsync([message]));
    }

    [Fact]
    public async Task A_bad_purge_filter_is_an_argument_error()
    {
        var publisher = Start();
        await Assert.ThrowsAsync<ArgumentException>(() => publisher.PurgeAsync("a..b"));
        await publisher.PublishAsync("s", default);
        Assert.Equal(1, (await publisher.PurgeAsync("s")).Count);
    }

    [Fact]
    public async Task The_wait_for_a_reply_can_be_cancelled_and_the_message_stays_in_line()
    {
        var publisher = Start(s => s with { Buffer = s.Buffer with { MaxMessages = 1, Overflow = OverflowPolicy.Wait } });
        await publisher.PublishAsync("s", "1"u8.ToArray());
        using var cancellation = new CancellationTokenSource();
        var waiting = publisher.PublishAsync("s", "2"u8.ToArray(), cancellation.Token).AsTask();
        await Until.TrueAsync(() => publisher.Status.Waiting == 1);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await ServeAsync();
        await Until.TrueAsync(() => _links.Last.Payloads.Contains("2"));
    }

    [Fact]
    public async Task Disposing_hands_out_the_last_events_and_afterwards_nothing_hangs()
    {
        var publisher = Start();
        await publisher.PublishAsync("s", default);
        await publisher.DrainAsync(TimeSpan.Zero);
        await Task.WhenAll(publisher.DisposeAsync().AsTask(), publisher.DisposeAsync().AsTask()).WaitAsync(Soon);
        Assert.IsType<Closed>(_events.All[^1]);
        Assert.Contains(_events.All, occurrence => occurrence is MessagesUndelivered { Reason: UndeliveredReason.Closed });

        Assert.False(publisher.TryPublish("s", default, out var refusal));
        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(refusal).Reason);
        Assert.IsType<Rejected>(await publisher.PublishAsync("s", default).AsTask().WaitAsync(Soon));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => publisher.FlushAsync(Soon).WaitAsync(Soon));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => publisher.DrainAsync(Soon).WaitAsync(Soon));
        var (reply, outcome) = await publisher.PublishForOutcomeAsync(new Publish("s", default)).WaitAsync(Soon);
        Assert.Equal((RejectReason.Closed, null), (Assert.IsType<Rejected>(reply).Reason, outcome));
        await publisher.DisposeAsync().AsTask().WaitAsync(Soon);
        Assert.Equal(ConnectionState.Closed, publisher.Status.State);
    }

    [Fact]
    public async Task A_second_call_to_dispose_does_not_end_the_system_before_the_last_events_are_handed_out()
    {
        using var held = new ManualResetEventSlim();
        var publisher = Start();
        publisher.EventRaised += occurrence =>
        {
            if (occurrence is Draining)
            {
                Assert.True(held.Wait(Soon));
            }
        };
        await publisher.DrainAsync(TimeSpan.Zero);
        // The drain is over, so both calls have gone as far as they can without the handler.
        Task[] calls = [publisher.DisposeAsync().AsTask(), publisher.DisposeAsync().AsTask()];
        var stopped = publisher.Reference.WatchAsync();
        Assert.NotSame(stopped, await Task.WhenAny(stopped, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System)));
        held.Set();
        await Task.WhenAll(calls).WaitAsync(Soon);
        Assert.IsType<Closed>(_events.All[^1]);
    }

    [Fact]
    public async Task Disposing_cuts_a_longer_drain_short()
    {
        var time = new VirtualTime();
        var publisher = Start(time: time);
        await publisher.PublishAsync("s", default);
        var drain = publisher.DrainAsync(TimeSpan.FromHours(1));
        var dispose = publisher.DisposeAsync().AsTask();
        await Until.TrueAsync(() => publisher.Status.State != ConnectionState.Connected && _events.All.OfType<Draining>().Any());
        while (!dispose.IsCompleted && time.Elapsed < TimeSpan.FromMinutes(5))
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(dispose, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }

        Assert.Single((await drain.WaitAsync(Soon)).Undelivered);
        await dispose.WaitAsync(Soon);
    }

    [Fact]
    public async Task Whoever_has_heard_of_the_end_sees_it_in_the_status()
    {
        var publisher = Start();
        for (var i = 0; i < 2; i++)
        {
            await publisher.DrainAsync(TimeSpan.Zero);
            Assert.Equal((ConnectionState.Closed, null), (publisher.Status.State, publisher.Status.Server));
        }
    }

    [Fact]
    public async Task A_publish_that_has_to_wait_is_in_line_when_the_call_returns()
    {
        var publisher = Start(s => s with { Buffer = s.Buffer with { MaxMessages = 1, Overflow = OverflowPolicy.Wait } });
        await publisher.PublishAsync("s", default);
        for (var waiting = 1; waiting <= 100; waiting++)
        {
            _ = publisher.PublishAsync("s", default);
            Assert.Equal(waiting, publisher.Status.Waiting);
        }
    }

    [Fact]
    public async Task A_held_reply_ends_with_the_wait_timeout()
    {
        var publisher = Start(s => s with
        {
            Buffer = s.Buffer with { MaxMessages = 1, Overflow = OverflowPolicy.Wait, WaitTimeout = TimeSpan.FromMilliseconds(50) },
        });
        await publisher.PublishAsync("s", default);
        var reply = await publisher.PublishAsync(new Publish("s", default) { CorrelationId = "c" }).AsTask().WaitAsync(Soon);
        Assert.Equal((BufferLimit.WaitTimeout, "c"), reply is BufferFull full ? (full.Limit, full.CorrelationId) : default);
        await _events.NextAsync<OverflowStarted>();
    }

    [Fact]
    public async Task Many_callers_at_once_are_each_answered_and_the_ledger_holds()
    {
        var publisher = Start(s => s with { Buffer = s.Buffer with { MaxMessages = 500 } });
        var accepted = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                var reply = i % 2 == 0 ? await publisher.PublishAsync("s", default)
                    : publisher.TryPublish("s", default, out var refusal) ? new Ack(0) : refusal!;
                if (reply is Ack)
                {
                    Interlocked.Increment(ref accepted);
                }
            }
        })));
        var totals = publisher.Status.Totals;
        Assert.Equal((500, 500L, 3500L), (accepted, totals.Accepted, totals.Refused));
        Assert.True(totals.Balanced);
    }

    private NatsPublisher Start(Func<PublisherSettings, PublisherSettings>? change = null, TimeProvider? time = null)
    {
        var settings = new PublisherSettings();
        return _publisher = NatsPublisher.Start(
            change?.Invoke(settings) ?? settings, _links, _lines, time ?? TimeProvider.System, new Random(1), _events.Add);
    }

    /// <summary>Brings the link up and lets it confirm what it is given, until nothing is buffered.</summary>
    private async Task ServeAsync()
    {
        await Until.TrueAsync(() => _links.Count > 0);
        var link = _links.Last;
        link.Up();
        await _events.NextAsync<Connected>();
        await Until.TrueAsync(() => link.Batches.Count > 0);
        link.ConfirmAll();
    }
}
