using System.Globalization;
using System.Text;
using NatsActors.Testing;

namespace NatsActors.Tests.Borders;

/// <summary>
/// Atomic batches and a real server. Servers before 2.12.1 do not take them, which is the whole test there: each test first says which of the
/// two it sees.
/// </summary>
public sealed class AtomicBatchTests : IAsyncLifetime
{
    private NatsServer _server = null!;
    private NatsReader _reader = null!;
    private StreamAdmin _admin = null!;
    private bool _atomic;

    public async Task InitializeAsync()
    {
        _atomic = await ServerVersion.ReadAsync() >= new Version(2, 12, 1);
        _server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        _reader = await NatsReader.ConnectAsync(_server.Port);
        _admin = new StreamAdmin(_reader);
        await _admin.CreateAsync("S", ["s.>"], allowAtomic: _atomic);
    }

    public async Task DisposeAsync()
    {
        await _reader.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_batch_is_stored_whole_with_consecutive_sequences_or_refused_by_an_older_server()
    {
        await using var publisher = await StartAsync(_server.Port);
        var (reply, outcome) = await publisher.PublishAtomicAsync(Batch(1, 1000));
        if (!_atomic)
        {
            var rejected = Assert.IsType<Rejected>(reply.Refusal);
            Assert.Equal((RejectReason.BadBatch, null), (rejected.Reason, outcome));
            Assert.Contains("nats-server 2.12.1", rejected.Detail, StringComparison.Ordinal);
            Assert.Empty(await StoredAsync());
            return;
        }

        Assert.Equal((1000, 1L), (reply.Accepted, reply.FirstSequence));
        Assert.Equal(("S", 1000L, false), Assert.IsType<Stored>(outcome) is var stored ? (stored.Stream, stored.StreamSequence, stored.Duplicate) : default);
        Assert.Equal(Enumerable.Range(1, 1000).Select(n => ((long)n, n)), await StoredAsync());
    }

    [Theory]
    [InlineData("the id of a stored message")]
    [InlineData("another stream's subject")]
    [InlineData("a subject without a stream")]
    public async Task One_message_that_the_stream_does_not_take_leaves_none_of_the_batch(string fault)
    {
        if (!_atomic)
        {
            return;
        }

        await _admin.CreateAsync("OTHER", ["other"], allowAtomic: true);
        await using var publisher = await StartAsync(_server.Port);
        await publisher.PublishForOutcomeAsync(Message(0) with { Id = "known" });

        var batch = Batch(1, 9);
        batch[4] = fault switch
        {
            "the id of a stored message" => batch[4] with { Id = "known" },
            "another stream's subject" => batch[4] with { Subject = "other" },
            _ => batch[4] with { Subject = "nobody" },
        };
        var (reply, outcome) = await publisher.PublishAtomicAsync(batch);

        Assert.Equal(9, reply.Accepted);
        var ended = Assert.IsType<Undelivered>(outcome);
        Assert.Equal(UndeliveredReason.NotStored, ended.Reason);
        Assert.Contains("atomic publish", ended.Detail, StringComparison.Ordinal);
        Assert.Equal([(1, 0)], await StoredAsync());
        Assert.Equal(0, (await _admin.InfoAsync("OTHER")).Messages);
    }

    [Fact]
    public async Task A_stream_without_allow_atomic_ends_the_batch_with_its_reason()
    {
        if (!_atomic)
        {
            return;
        }

        await _admin.CreateAsync("PLAIN", ["plain"]);
        await using var publisher = await StartAsync(_server.Port);
        Publish[] batch = [new("plain", "1"u8.ToArray()), new("plain", "2"u8.ToArray())];
        var ended = Assert.IsType<Undelivered>((await publisher.PublishAtomicAsync(batch)).Outcome);
        Assert.Equal(UndeliveredReason.NotStored, ended.Reason);
        Assert.Contains("atomic publish is disabled (code 400, err_code 10174)", ended.Detail, StringComparison.Ordinal);
        Assert.Equal(0, (await _admin.InfoAsync("PLAIN")).Messages);
    }

    [Fact]
    public async Task A_link_that_is_cut_within_batches_stores_each_message_once_and_in_order()
    {
        if (!_atomic)
        {
            return;
        }

        const int Rounds = 12;
        await using var proxy = CuttingProxy.Start(_server.Port);
        await using var publisher = await StartAsync(proxy.Port);
        var outcomes = new List<Task<(BatchReply Reply, Outcome? Outcome)>>();
        var next = 1;
        for (var round = 0; round < Rounds; round++)
        {
            // A batch has about 25,000 bytes: the cuts fall on all parts of them.
            var cut = proxy.CutAfterBytes(1_000 + (round * 7_919));
            for (var i = 0; i < 4; i++)
            {
                await publisher.PublishAsync(Message(next++));
                outcomes.Add(publisher.PublishAtomicAsync(Batch(next, 150)));
                next += 150;
                await publisher.PublishAsync(Message(next++));
            }

            await cut.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        }

        Assert.All(await Task.WhenAll(outcomes), each => Assert.IsType<Stored>(each.Outcome));
        Assert.True((await publisher.FlushAsync(TimeSpan.FromSeconds(30))).Completed);
        Assert.Equal(Enumerable.Range(1, next - 1).Select(n => ((long)n, n)), await StoredAsync());
        Assert.True(publisher.Status.Totals.Resent > 0);
    }

    private static async Task<NatsPublisher> StartAsync(int port)
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var publisher = NatsPublisher.Start(
            new PublisherSettings
            {
                Connection = new()
                {
                    Servers = [$"nats://127.0.0.1:{port}"],
                    Backoff = new() { Min = TimeSpan.FromMilliseconds(20), Max = TimeSpan.FromMilliseconds(100) },
                },
                Delivery = new() { Confirm = ConfirmMode.JetStream, PoisonAfter = 1_000 },
                JetStream = new() { RetryAttempts = 2, RetryMin = TimeSpan.FromMilliseconds(10), RetryMax = TimeSpan.FromMilliseconds(50) },
            },
            onEvent: occurrence =>
            {
                if (occurrence is Connected)
                {
                    connected.TrySetResult();
                }
            });
        await connected.Task.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        return publisher;
    }

    private static Publish Message(int number) =>
        new($"s.{number % 3}", Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    private static Publish[] Batch(int from, int count) => [.. Enumerable.Range(from, count).Select(Message)];

    private async Task<List<(long Sequence, int Number)>> StoredAsync()
    {
        var stored = new List<(long, int)>();
        await foreach (var message in _admin.ReadAllAsync("S"))
        {
            stored.Add((message.Sequence, int.Parse(message.Text, CultureInfo.InvariantCulture)));
        }

        return stored;
    }
}
