using System.Text;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>Servers that no one should meet: each must end the link with its name, in time, without growth.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class LinkHostileTests
{
    // The two that a test waits for: a server's part of the handshake comes well before the first one is over.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ConfirmTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>A time-out that is not to come.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromSeconds(30);

    [Fact]
    public Task Silence_is_a_timeout() =>
        EndsAsync(LinkLossKind.Timeout, "waiting for INFO", connection => connection.HangAsync());

    [Fact]
    public Task Garbage_is_no_protocol() =>
        EndsAsync(LinkLossKind.Protocol, "unknown operation", async connection =>
        {
            await connection.SendAsync("SSH-2.0-OpenSSH_9.6\r\n");
            await connection.HangAsync();
        });

    [Fact]
    public Task Binary_garbage_without_an_end_is_no_protocol() =>
        EndsAsync(LinkLossKind.Protocol, "more than 4096 bytes", async connection =>
        {
            await connection.SendAsync(new byte[100_000]);
            await connection.HangAsync();
        });

    [Fact]
    public Task An_INFO_of_10_MB_is_no_protocol() =>
        EndsAsync(LinkLossKind.Protocol, "more than 1048576 bytes", async connection =>
        {
            await connection.SendAsync("INFO {\"server_id\":\"" + new string('x', 10_000_000) + "\"}\r\n");
            await connection.HangAsync();
        });

    [Fact]
    public Task Half_an_INFO_and_the_end_is_a_closed_connection() =>
        EndsAsync(LinkLossKind.Closed, "closed the connection while waiting for INFO", connection => connection.SendAsync("INFO {\"ser"));

    [Fact]
    public Task Half_an_INFO_and_silence_is_a_timeout() =>
        EndsAsync(LinkLossKind.Timeout, "waiting for INFO", async connection =>
        {
            await connection.SendAsync("INFO {\"ser");
            await connection.HangAsync();
        });

    [Fact]
    public Task An_INFO_that_is_no_JSON_is_no_protocol() =>
        EndsAsync(LinkLossKind.Protocol, "malformed INFO", async connection =>
        {
            await connection.SendAsync("INFO {\"server_id\":}\r\n");
            await connection.HangAsync();
        });

    [Fact]
    public Task An_INFO_that_only_the_client_cannot_read_is_a_timeout() =>
        EndsAsync(LinkLossKind.Timeout, "waiting for the answer to CONNECT", async connection =>
        {
            await connection.SendAsync("INFO {\"server_id\":\"S\",\"client_id\":{}}\r\n");
            await connection.HangAsync();
        });

    [Fact]
    public Task A_server_that_closes_at_once_is_closed() => EndsAsync(LinkLossKind.Closed, "waiting for INFO", _ => Task.CompletedTask);

    [Fact]
    public Task A_server_that_sends_INFO_without_end_is_a_timeout() =>
        EndsAsync(LinkLossKind.Timeout, "waiting for the answer to CONNECT", async connection =>
        {
            var infos = string.Concat(Enumerable.Repeat(ScriptedConnection.Info, 100));
            while (true)
            {
                await connection.SendAsync(infos);
            }
        });

    [Fact]
    public Task A_server_that_never_answers_CONNECT_is_a_timeout() =>
        EndsAsync(LinkLossKind.Timeout, "waiting for the answer to CONNECT", async connection =>
        {
            await connection.GreetAsync();
            await connection.HangAsync();
        });

    [Fact]
    public Task A_server_that_pings_and_never_reads_is_a_timeout_before_it_is_up() =>
        EndsAsync(LinkLossKind.Timeout, "waiting for the answer to CONNECT", async connection =>
        {
            await connection.SendAsync(ScriptedConnection.Info);
            await FloodAsync(connection, "PING\r\n");
        });

    [Theory]
    [InlineData("Authorization Violation", LinkLossKind.Authorization)]
    [InlineData("User Authentication Expired", LinkLossKind.Authorization)]
    [InlineData("Authentication Timeout", LinkLossKind.ServerError)]
    [InlineData("Maximum Connections Exceeded", LinkLossKind.ServerError)]
    public async Task A_refusal_keeps_the_servers_words(string text, LinkLossKind kind)
    {
        await EndsAsync(kind, text, async connection =>
        {
            await connection.GreetAsync();
            await connection.SendAsync($"-ERR '{text}'\r\n");
        });
        await EndsAsync(kind, text, async connection =>
        {
            await connection.BringUpAsync();
            await connection.SendAsync($"-ERR '{text}'\r\n");
        });
    }

    [Fact]
    public Task A_PONG_that_nobody_asked_for_is_no_protocol() =>
        EndsAsync(LinkLossKind.Protocol, "a PONG that no PING asked for", async connection =>
        {
            await connection.BringUpAsync();
            await connection.SendAsync("PONG\r\n");
            await connection.HangAsync();
        });

    [Fact]
    public Task A_line_that_never_ends_is_no_protocol() =>
        EndsAsync(LinkLossKind.Protocol, "more than 4096 bytes", async connection =>
        {
            await connection.BringUpAsync();
            await FloodAsync(connection, "MSG aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        });

    [Fact]
    public Task An_absurd_header_size_is_no_protocol() =>
        EndsAsync(LinkLossKind.Protocol, "bad or too large size", async connection =>
        {
            await connection.BringUpAsync();
            await connection.SendAsync("HMSG a 1 2000000000 2000000001\r\n");
            await connection.HangAsync();
        });

    [Fact]
    public Task A_denied_ack_subscription_ends_the_link() =>
        EndsAsync(LinkLossKind.ServerError, "Permissions Violation for Subscription", async connection =>
        {
            await connection.LogInAsync();
            await connection.SendAsync("-ERR 'Permissions Violation for Subscription to \"_INBOX.a.*\"'\r\nPONG\r\n");
            await connection.HangAsync();
        });

    [Fact]
    public Task A_withheld_PONG_is_a_timeout() =>
        EndsAsync(
            LinkLossKind.Timeout, "no PONG and no progress",
            async connection =>
            {
                await connection.BringUpAsync();
                await connection.SwallowAsync();
            },
            write: true);

    [Fact]
    public Task A_server_that_pings_and_never_answers_is_a_timeout() =>
        EndsAsync(
            LinkLossKind.Timeout, "no PONG and no progress",
            async connection =>
            {
                await connection.BringUpAsync();
                var reading = connection.SwallowAsync();
                await FloodAsync(connection, "PING\r\n");
                await reading;
            },
            write: true);

    [Fact]
    public Task A_server_that_pings_and_never_reads_is_a_timeout() =>
        EndsAsync(
            LinkLossKind.Timeout, "no PONG and no progress",
            async connection =>
            {
                await connection.BringUpAsync();
                await FloodAsync(connection, "PING\r\n");
            },
            write: true);

    [Fact]
    public Task Denials_without_end_end_the_link() =>
        EndsAsync(LinkLossKind.ServerError, "denied more than 10000 subjects", async connection =>
        {
            await connection.BringUpAsync();
            for (var i = 0; i < 20_000; i++)
            {
                await connection.SendAsync($"-ERR 'Permissions Violation for Publish to \"s.{i}\"'\r\n");
            }

            await connection.HangAsync();
        });

    [Theory]
    [InlineData("hunter2-secret")]
    [InlineData("quote\"and\\and ü")]
    [InlineData("p")]
    public async Task A_server_that_sends_our_CONNECT_back_does_not_make_us_tell_the_password(string password)
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.GreetAsync();
            var connect = connection.Lines.First(line => line.StartsWith("CONNECT", StringComparison.Ordinal));
            await connection.SendAsync($"-ERR 'bad: {connect[connect.IndexOf("\"pass", StringComparison.Ordinal)..]}'\r\n");
        });
        var settings = Settings with { Credentials = NatsCredentials.UserPassword("u", password) };
        var recorder = new LinkRecorder(1);
        var link = Open(server, recorder, settings);

        var lost = await recorder.LostAsync();

        Assert.Equal(LinkLossKind.ServerError, lost.Kind);
        Assert.Equal("(hidden: the server's text repeats a credential)", lost.Detail);
        Assert.DoesNotContain("hunter2", $"{link}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_password_does_not_hide_our_own_words()
    {
        await using var server = ScriptedServer.Start(_ => Task.CompletedTask);
        var recorder = new LinkRecorder(1);
        Open(server, recorder, Settings with { Credentials = NatsCredentials.UserPassword("u", "the") });

        Assert.Contains("closed the connection", (await recorder.LostAsync()).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PubAcks_of_unknown_frames_are_passed_on_and_harm_nothing()
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await connection.SendAsync("MSG _I.a.999 1 22\r\n{\"stream\":\"S\",\"seq\":1}\r\nMSG _I.a.x 1 2\r\n{}\r\nMSG other 9 2\r\n{}\r\n");
            await connection.ReadPingAsync();
            await connection.SendAsync("PONG\r\n");
            await connection.HangAsync();
        });
        var recorder = new LinkRecorder(1);
        var link = Open(server, recorder, Settings, "_I.a");

        Assert.Equal(999, Assert.Single((await recorder.WaitAsync<LinkPubAcks>()).Acks).Sequence);
        link.Write(Batches.Numbered("a", 1, 1));

        await recorder.WaitAsync<LinkConfirmed>();
        link.Close();
        await recorder.LostAsync();
    }

    [Fact]
    public async Task A_server_without_headers_is_told_to_the_publisher()
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync("INFO {\"server_id\":\"OLD\"}\r\n");
            await connection.HangAsync();
        });
        var recorder = new LinkRecorder(1);
        var link = Open(server, recorder, Settings);

        Assert.False((await recorder.WaitAsync<LinkUp>()).Info.Headers);
        link.Close();
        await recorder.LostAsync();
    }

    [Fact]
    public async Task A_receiver_that_throws_loses_the_link_and_nothing_else()
    {
        await using var server = await NatsServer.StartAsync();
        var recorder = new LinkRecorder(1) { OnReport = _ => throw new InvalidOperationException("receiver") };
        var request = new LinkRequest(1, ServerAddress.Parse(server.Url), new ConnectionSettings(), ConfirmTimeout, null);

        new LinkFactory(TimeProvider.System).Open(request, recorder.Report);

        var lost = await recorder.LostAsync();
        Assert.Equal(LinkLossKind.Local, lost.Kind);
        Assert.Contains("the receiver of LinkUp threw", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_of_PINGs_keeps_memory_flat()
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            for (var i = 0; i < 400; i++)
            {
                await connection.SendAsync(new StringBuilder().Insert(0, "PING\r\n", 10_000).ToString());
            }

            await connection.HangAsync();
        });
        var recorder = new LinkRecorder(1);
        Open(server, recorder, Settings with { PingInterval = TimeSpan.FromMilliseconds(200) }, confirmTimeout: ConfirmTimeout);
        await recorder.WaitAsync<LinkUp>();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Assert.Equal(LinkLossKind.Timeout, (await recorder.LostAsync()).Kind);

        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 8 * 1024 * 1024);
    }

    private static ConnectionSettings Settings => new() { ConnectTimeout = Never };

    private static async Task EndsAsync(
        LinkLossKind kind, string detail, Func<ScriptedConnection, Task> script, bool write = false)
    {
        await using var server = ScriptedServer.Start(script);
        var recorder = new LinkRecorder(1);
        var started = TimeProvider.System.GetTimestamp();
        // Only what a server never does is waited for to the end; a busy machine is not to take another fault for it.
        var isTimeout = kind == LinkLossKind.Timeout;
        var settings = Settings with { ConnectTimeout = isTimeout && !write ? ConnectTimeout : Never };
        var link = Open(server, recorder, settings, "_INBOX.a", isTimeout ? ConfirmTimeout : Never);
        if (write)
        {
            await recorder.WaitAsync<LinkUp>();
            link.Write(Batches.Numbered("a", 1, 100));
        }

        var lost = await recorder.LostAsync();

        Assert.Equal(kind, lost.Kind);
        Assert.Contains(detail, lost.Detail, StringComparison.Ordinal);
        Assert.True(lost.Detail.Length < 400);
        // Far from a time-out that is not to come, and the rest for a busy machine.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 10);
    }

    private static async Task FloodAsync(ScriptedConnection connection, string text)
    {
        var block = string.Concat(Enumerable.Repeat(text, 1000));
        while (true)
        {
            await connection.SendAsync(block);
        }
    }

    private static ILink Open(
        ScriptedServer server, LinkRecorder recorder, ConnectionSettings settings, string? inbox = null, TimeSpan? confirmTimeout = null) =>
        new LinkFactory(TimeProvider.System).Open(
            new LinkRequest(1, ServerAddress.Parse(server.Url), settings, confirmTimeout ?? Never, inbox), recorder.Report);
}
