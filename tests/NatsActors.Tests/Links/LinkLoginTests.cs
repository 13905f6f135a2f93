using NATS.Client.Core;
using NATS.NKeys;
using NatsActors.Links;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>What NATS.Client.Core does for a link: the login, in all of its ways, and nothing after it.</summary>
public sealed class LinkLoginTests : IDisposable
{
    private const string Inbox = "_INBOX.acks";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("link-login-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("seed and key")]
    [InlineData("file")]
    [InlineData("callback")]
    public async Task An_nkey_of_the_users_options_logs_in(string way)
    {
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        var (seed, key) = (pair.GetSeed(), pair.GetPublicKey());
        await using var server = await NatsServer.StartAsync(
            new NatsServerOptions { Config = $"authorization {{ users = [{{ nkey: {key} }}] }}" });
        var auth = way switch
        {
            "file" => new NatsAuthOpts { NKeyFile = Write($"{seed}\n{key}\n") },
            "callback" => new NatsAuthOpts { AuthCredCallback = (_, _) => new(NatsAuthCred.FromNkey(seed)) },
            _ => new NatsAuthOpts { Seed = seed, NKey = key },
        };

        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with { AuthOpts = auth });

        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Theory]
    [InlineData("user and password")]
    [InlineData("token")]
    public async Task A_callback_of_the_users_options_logs_in(string way)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = way == "token" ? "authorization { token: t0ken }" : "authorization { user: u, password: p }",
        });
        var asked = new List<Uri>();
        var auth = new NatsAuthOpts
        {
            AuthCredCallback = (uri, _) =>
            {
                asked.Add(uri);
                return new(way == "token" ? NatsAuthCred.FromToken("t0ken") : NatsAuthCred.FromUserInfo("u", "p"));
            },
        };

        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with { AuthOpts = auth });

        await LinkRig.AssertWorksAsync(link, recorder);
        Assert.Equal(server.Port, Assert.Single(asked).Port);
    }

    [Theory]
    [InlineData("jwt and seed")]
    [InlineData("content")]
    [InlineData("file")]
    [InlineData("callback")]
    public async Task A_JWT_of_the_users_options_logs_in(string way)
    {
        using var issuer = new NatsActors.Tests.Credentials.NatsOperator();
        await using var server = await NatsServer.StartAsync(issuer.Server);
        var user = issuer.IssueUser();
        var auth = way switch
        {
            "content" => new NatsAuthOpts { Creds = user.FileText },
            "file" => new NatsAuthOpts { CredsFile = Write(user.FileText) },
            "callback" => new NatsAuthOpts { AuthCredCallback = (_, _) => new(NatsAuthCred.FromJwt(user.Jwt, user.Seed)) },
            _ => new NatsAuthOpts { Jwt = user.Jwt, Seed = user.Seed },
        };

        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with { AuthOpts = auth });

        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task User_and_password_in_the_url_log_in()
    {
        await using var server = await NatsServer.StartAsync(
            new NatsServerOptions { Config = "authorization { user: u, password: \"p@ss/w\" }" });

        var (link, recorder) = LinkRig.Open($"nats://u:p%40ss%2Fw@127.0.0.1:{server.Port}");

        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task The_login_says_the_name_of_the_settings_unless_the_user_changes_it()
    {
        var names = new List<string>();
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.LogInAsync();
            lock (names)
            {
                names.Add(connection.Lines[0]);
            }

            await connection.SendAsync("PONG\r\n");
            await connection.HangAsync();
        });

        await UpAndCloseAsync(LinkRig.Open(server.Url, settings: new ConnectionSettings { Name = "settings-name" }));
        await UpAndCloseAsync(LinkRig.Open(server.Url, opts => opts with { Name = "users-name" }));

        Assert.Contains("\"name\":\"settings-name\"", names[0], StringComparison.Ordinal);
        Assert.Contains("\"name\":\"users-name\"", names[1], StringComparison.Ordinal);
        Assert.All(names, connect =>
        {
            Assert.Contains("\"headers\":true", connect, StringComparison.Ordinal);
            Assert.Contains("\"no_responders\":true", connect, StringComparison.Ordinal);
            Assert.Contains("\"verbose\":false", connect, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task The_users_options_cannot_take_from_a_link_what_it_needs()
    {
        await using var server = await NatsServer.StartAsync();

        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with
        {
            Verbose = true, Headers = false, PingInterval = TimeSpan.FromMilliseconds(1), MaxPingOut = 0,
            RetryOnInitialConnect = true, RequestReplyMode = NatsRequestReplyMode.Direct, InboxPrefix = "other",
            ConnectTimeout = TimeSpan.FromTicks(1), CommandTimeout = TimeSpan.FromTicks(1),
        });

        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task A_user_who_may_subscribe_to_nothing_can_publish_with_fences()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = """authorization { users = [{ user: u, password: p, permissions: { publish: ">", subscribe: { deny: ">" } } }] }""",
        });

        var (link, recorder) = LinkRig.Open($"nats://u:p@127.0.0.1:{server.Port}");

        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task The_client_sends_nothing_after_the_take_over()
    {
        var late = new List<byte[]>();
        var lines = new List<string>();
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.LogInAsync();
            // What makes a client talk: another INFO, PINGs, a message for nobody, a lame duck.
            await connection.SendAsync($"{ScriptedConnection.Info}PING\r\nPONG\r\nPING\r\nMSG x 7 reply 0\r\n\r\n");
            await connection.SendAsync("INFO {\"ldm\":true,\"connect_urls\":[\"127.0.0.1:1\"]}\r\n");
            try
            {
                while (true)
                {
                    lines.Add(await connection.ReadLineAsync());
                    if (lines[^1] == "PING")
                    {
                        await connection.SendAsync("PONG\r\n");
                    }
                }
            }
            catch (IOException)
            {
                // The link has closed.
            }
        });
        var (link, recorder) = LinkRig.Open(
            server.Url, opts => opts with { PingInterval = TimeSpan.FromMilliseconds(1) }, ackInbox: Inbox,
            options: new LinkOptions { LateSend = bytes => late.Add(bytes.ToArray()) });

        await recorder.WaitAsync<LinkInfoChanged>(changed => changed.Info.LameDuck);
        await LinkRig.AssertWorksAsync(link, recorder);
        await server.DisposeAsync();

        Assert.Empty(late);
        Assert.Equal(["PONG", "PONG", "PING"], lines.Where(line => line is "PING" or "PONG" || line.StartsWith("CONNECT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_the_client_says_before_the_take_over_is_CONNECT_and_PING()
    {
        IReadOnlyList<string> said = [];
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.LogInAsync();
            said = [.. connection.Lines];
            await connection.SendAsync("PONG\r\n");
            await connection.HangAsync();
        });

        await UpAndCloseAsync(LinkRig.Open(server.Url, ackInbox: Inbox));

        Assert.Collection(
            said,
            line => Assert.StartsWith("CONNECT {", line, StringComparison.Ordinal),
            line => Assert.Equal("PING", line),
            line => Assert.Equal($"SUB {Inbox}.* 1", line),
            line => Assert.Equal("PING", line));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_INFO_is_taken_wherever_it_comes(bool beforeThePong)
    {
        const string second = "INFO {\"server_id\":\"SECOND\",\"headers\":true,\"max_payload\":77}\r\n";
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.GreetAsync();
            await connection.SendAsync(beforeThePong ? $"{second}PONG\r\n" : $"PONG\r\n{second}");
            await connection.ReadPingAsync();
            await connection.SendAsync("PONG\r\n");
            await connection.HangAsync();
        });
        var (link, recorder) = LinkRig.Open(server.Url);

        Assert.Equal(77, (await recorder.WaitAsync<LinkUp>()).Info.MaxPayload);
        link.Close();
        await recorder.LostAsync();
    }

    [Fact]
    public async Task A_PONG_in_front_of_the_clients_PING_is_no_login()
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.SendAsync($"{ScriptedConnection.Info}PONG\r\nPONG\r\n");
            await connection.HangAsync();
        });
        var never = new TaskCompletionSource<NatsAuthCred>();
        var auth = new NatsAuthOpts { AuthCredCallback = (_, _) => new(never.Task) };

        var lost = await LinkRig.Open(server.Url, opts => opts with { AuthOpts = auth }).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Protocol, lost.Kind);
        Assert.Contains("a PONG that no PING asked for", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PubAcks_of_an_earlier_link_do_not_end_one_that_is_not_up_yet()
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.LogInAsync();
            await connection.SendAsync($"MSG {Inbox}.5 1 22\r\n{{\"stream\":\"S\",\"seq\":1}}\r\nPONG\r\n");
            await connection.ReadPingAsync();
            await connection.SendAsync("PONG\r\n");
            await connection.HangAsync();
        });

        var (link, recorder) = LinkRig.Open(server.Url, ackInbox: Inbox);

        await LinkRig.AssertWorksAsync(link, recorder);
        Assert.Empty(recorder.Reports.OfType<LinkPubAcks>());
    }

    [Fact]
    public async Task A_lost_link_opens_no_second_socket()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        var (link, recorder) = LinkRig.Open(proxy.Url);
        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("a", 1, 10));
        await recorder.WaitAsync<LinkConfirmed>();

        proxy.CutWithRst();
        await recorder.LostAsync();
        // A client of its own makes a round trip: whatever the lost one had still tried would be there by now.
        await using var other = await NatsReader.ConnectAsync(proxy.Port);
        await other.PingAsync();

        Assert.Equal(2, proxy.Connections);
        // The proxy forgets a connection behind its cut.
        await Until.TrueAsync(() => proxy.OpenConnections == 1);
    }

    [Fact]
    public async Task A_refused_login_is_tried_once()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { user: u, password: right }" });
        await using var proxy = CuttingProxy.Start(server.Port);

        var lost = await LinkRig.Open(proxy.Url, opts => opts with { RetryOnInitialConnect = true, MaxReconnectRetry = -1 }).Recorder.LostAsync();
        await using var other = await NatsReader.ConnectAsync(proxy.Port, "u", "right");
        await other.PingAsync();

        Assert.Equal(LinkLossKind.Authorization, lost.Kind);
        Assert.Equal(2, proxy.Connections);
    }

    private static async Task UpAndCloseAsync((ILink Link, LinkRecorder Recorder) opened)
    {
        await opened.Recorder.WaitAsync<LinkUp>();
        opened.Link.Close();
        await opened.Recorder.LostAsync();
    }

    private string Write(string text)
    {
        var file = Path.Combine(_folder.FullName, "secret");
        File.WriteAllText(file, text);
        return file;
    }
}
