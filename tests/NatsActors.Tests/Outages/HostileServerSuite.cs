using System.Text;
using NatsActors.Connection;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>
/// Servers that no one should meet, as a user of the publisher sees them: a named event, attempts that back off, memory that
/// stays, an answer to every publish, and everything delivered once the server behaves. Alone in the process, for the memory.
/// </summary>
public abstract class HostileServerSuite(IPublisherHost host)
{
    private const int Attempts = 6;

    /// <summary>What one link may leave in mailboxes (four mebibytes of INFO, twice as strings) and the rest for the runtime.</summary>
    private const long MaxGrowth = 32 * 1024 * 1024;

    /// <summary>
    /// The waits after the second link are random up to 50, 100, 200 and 250 ms, or count from when the link came up, and are
    /// exactly 250 ms after that; a publisher that spins needs a fraction of it.
    /// </summary>
    private static readonly TimeSpan ShortestOfAttempts = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan ReplyLimit = TimeSpan.FromSeconds(5);

    private readonly EventLog _events = new();
    private volatile bool _behaves;
    private int _connections;

    [Theory]
    [InlineData("endless INFO", LinkLossKind.ServerError, "INFOs")]
    [InlineData("INFO of a thousand servers", LinkLossKind.ServerError, "INFOs")]
    [InlineData("INFO that is no JSON", LinkLossKind.Protocol, "malformed INFO")]
    [InlineData("PING flood", LinkLossKind.Timeout, "no PONG and no progress")]
    [InlineData("PONG that nobody asked for", LinkLossKind.Protocol, "a PONG that no PING asked for")]
    [InlineData("line that never ends", LinkLossKind.Protocol, "more than 4096 bytes")]
    [InlineData("headers of absurd size", LinkLossKind.Protocol, "bad or too large size")]
    [InlineData("long denials", LinkLossKind.ServerError, "denied more than")]
    [InlineData("close", LinkLossKind.Closed, "closed the connection")]
    [InlineData("not NATS", LinkLossKind.Protocol, "unknown operation")]
    public async Task Nothing_is_lost_or_left_unanswered_and_nothing_grows(string manner, LinkLossKind kind, string words)
    {
        await using var server = ScriptedServer.Start(connection => PlayAsync(connection, manner));
        await using var publisher = await host.StartAsync(Settings(server.Url, manner == "PING flood" ? 0.2 : 10), Keep);
        using var stop = new CancellationTokenSource();
        var publishing = PublishAsync(publisher, stop.Token);
        await Until.TrueAsync(() => Volatile.Read(ref _connections) >= 2);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (started, first) = (TimeProvider.System.GetTimestamp(), Volatile.Read(ref _connections));

        await Until.TrueAsync(() => Volatile.Read(ref _connections) >= first + Attempts, TimeSpan.FromSeconds(40));

        Assert.True(TimeProvider.System.GetElapsedTime(started) > ShortestOfAttempts, "The publisher asks in a loop.");
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MaxGrowth);
        var lost = await _events.NextAsync<Disconnected>();
        Assert.Equal(kind, lost.Kind);
        Assert.Contains(WordsOf(manner) ?? words, lost.Detail, StringComparison.Ordinal);

        _behaves = true;
        await stop.CancelAsync();
        var accepted = await publishing;
        Assert.True(accepted > 0);
        var flushed = await publisher.FlushAsync(TimeSpan.FromSeconds(20));
        var status = await publisher.StatusAsync();
        Assert.True(flushed.Completed, $"{flushed.Remaining} left: {status.LastError}");
        Assert.Equal((accepted, 0L), (status.Totals.Delivered, status.Totals.Undelivered));
        Assert.True(status.Totals.Balanced);
    }

    [Fact]
    public async Task PubAcks_of_unknown_messages_store_nothing_and_end_nothing()
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await StoreAsync(connection);
        });
        var settings = Settings(server.Url);
        await using var publisher = await host.StartAsync(
            settings with { Delivery = settings.Delivery with { Confirm = ConfirmMode.JetStream } }, _events.Add);
        await _events.NextAsync<Connected>();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var outcomes = new List<Outcome?>();
        for (var i = 0; i < 20; i++)
        {
            outcomes.Add((await publisher.PublishForOutcomeAsync(new Publish("t", "x"u8.ToArray()))).Outcome);
        }

        Assert.Equal(Enumerable.Range(1, 20), outcomes.Select(outcome => (int)Assert.IsType<Stored>(outcome).StreamSequence));
        var totals = (await publisher.StatusAsync()).Totals;
        Assert.Equal((20L, 0L), (totals.Stored, totals.Undelivered));
        Assert.Empty(_events.All.OfType<Disconnected>());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MaxGrowth);
    }

    /// <summary>What a link says of a manner of the server, where it has its own words for it.</summary>
    protected virtual string? WordsOf(string manner) => null;

    /// <summary>Lists of servers are not kept: the memory that is measured is the publisher's.</summary>
    private void Keep(NatsEvent occurrence)
    {
        if (occurrence is not ServersDiscovered)
        {
            _events.Add(occurrence);
        }
    }

    /// <summary>Only a server that never answers is waited for to the end; a busy machine is not to take others for it.</summary>
    private static PublisherSettings Settings(string url, double confirmSeconds = 10) => new()
    {
        Connection = new ConnectionSettings
        {
            Servers = [url],
            ConnectTimeout = TimeSpan.FromSeconds(5),
            Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(25), Max = TimeSpan.FromMilliseconds(250) },
        },
        Buffer = new BufferSettings { MaxMessages = 1000 },
        // No message is at fault here, whatever the server does with it.
        Delivery = new DeliverySettings { ConfirmTimeout = TimeSpan.FromSeconds(confirmSeconds), PoisonAfter = 1000 },
    };

    /// <summary>Publishes one after another until stopped; gives how many were accepted. Each call is answered in time.</summary>
    private static async Task<long> PublishAsync(IHostedPublisher publisher, CancellationToken stop)
    {
        long accepted = 0;
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!stop.IsCancellationRequested)
        {
            var reply = await publisher.PublishAsync(new Publish("t", "x"u8.ToArray())).WaitAsync(ReplyLimit, TimeProvider.System);
            Assert.True(reply is Ack or BufferFull, $"{reply}");
            accepted += reply is Ack ? 1 : 0;
            await pause.WaitForNextTickAsync(default);
        }

        return accepted;
    }

    private async Task PlayAsync(ScriptedConnection connection, string manner)
    {
        Interlocked.Increment(ref _connections);
        if (_behaves)
        {
            await connection.BringUpAsync();
            while (true)
            {
                await connection.ReadPingAsync();
                await connection.SendAsync("PONG\r\n");
            }
        }

        if (manner == "not NATS")
        {
            await connection.SendAsync("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
            return;
        }

        await connection.BringUpAsync();
        var seed = 0;
        switch (manner)
        {
            case "close":
                // A socket that is closed with bytes unread resets the connection instead.
                connection.EndSending();
                await connection.SwallowAsync();
                break;
            case "endless INFO":
                await FloodAsync(connection, () => Info(++seed, 1));
                break;
            case "INFO of a thousand servers":
                await FloodAsync(connection, () => Info(++seed, 1000));
                break;
            case "INFO that is no JSON":
                await FloodAsync(connection, () => "INFO {\"server_id\":}\r\n");
                break;
            case "PING flood":
                await FloodAsync(connection, () => string.Concat(Enumerable.Repeat("PING\r\n", 1000)));
                break;
            case "PONG that nobody asked for":
                await FloodAsync(connection, () => "PONG\r\n");
                break;
            case "line that never ends":
                await FloodAsync(connection, () => "MSG aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
                break;
            case "headers of absurd size":
                await connection.SendAsync("HMSG a 1 2000000000 2000000001\r\n");
                await connection.HangAsync();
                break;
            case "long denials":
                await FloodAsync(connection, () => $"-ERR 'Permissions Violation for Publish to \"{++seed}.{new string('s', 20_000)}\"'\r\n");
                break;
        }
    }

    private static async Task FloodAsync(ScriptedConnection connection, Func<string> next)
    {
        while (true)
        {
            await connection.SendAsync(next());
        }
    }

    private static string Info(int seed, int servers)
    {
        var urls = string.Join(',', Enumerable.Range(0, servers).Select(i => $"\"127.{1 + (seed % 200)}.{i / 250}.{1 + (i % 250)}:9\""));
        return $"INFO {{\"server_id\":\"SCRIPTED\",\"headers\":true,\"max_payload\":1048576,\"connect_urls\":[{urls}]}}\r\n";
    }

    /// <summary>What the server sends to a subscription of the client, to the addresses of messages from <paramref name="first"/> on.</summary>
    private static string PubAcks(string inbox, string subscription, long first, int count)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            text.Append(PubAck($"{inbox}.{first + i}", subscription, i + 1));
        }

        return text.ToString();
    }

    private static string PubAck(string address, string subscription, long sequence)
    {
        var json = $"{{\"stream\":\"S\",\"seq\":{sequence}}}";
        return $"MSG {address} {subscription} {json.Length}\r\n{json}\r\n";
    }

    /// <summary>Stores what comes, and around the answers says again and again that it stored what nobody sent.</summary>
    private static async Task StoreAsync(ScriptedConnection connection)
    {
        var stored = 0;
        while (true)
        {
            var line = await connection.ReadLineAsync();
            if (line == "PING")
            {
                await connection.SendAsync("PONG\r\n");
            }
            else if (line.StartsWith("HPUB ", StringComparison.Ordinal))
            {
                var address = line.Split(' ')[2];
                var inbox = address[..address.LastIndexOf('.')];
                var subscription = connection.Lines.First(each => each.StartsWith($"SUB {inbox}.*", StringComparison.Ordinal)).Split(' ')[^1];
                await connection.SendAsync(
                    PubAcks(inbox, subscription, 1_000_000, stored == 0 ? 20_000 : 2000)
                    + PubAck(address, subscription, ++stored)
                    + PubAcks(inbox, subscription, 1, 1));
            }
        }
    }
}
