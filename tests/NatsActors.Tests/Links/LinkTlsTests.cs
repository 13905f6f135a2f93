using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>What a link does with TLS, in all of its modes.</summary>
public sealed class LinkTlsTests : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("nats", TlsMode.Require)]
    [InlineData("tls", TlsMode.Off)]
    [InlineData("nats", TlsMode.Off)]
    public async Task Batches_go_through_TLS_when_the_settings_the_URL_or_the_server_ask_for_it(string scheme, TlsMode mode)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = _certificates.Config() });
        var (link, recorder) = Open($"{scheme}://127.0.0.1:{server.Port}", Trusting(mode));

        Assert.True((await recorder.WaitAsync<LinkUp>()).Info.TlsRequired);
        for (var i = 0; i < 20; i++)
        {
            link.Write(Batches.Numbered("a", 1 + (i * 5000), 5000));
            await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == (i + 1) * 5000);
        }

        await CloseAsync(link, recorder);
    }

    [Fact]
    public async Task A_frozen_server_behind_TLS_is_a_timeout()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = _certificates.Config() });
        var (link, recorder) = Open(server.Url, Trusting(TlsMode.Require), TimeSpan.FromMilliseconds(300));
        await recorder.WaitAsync<LinkUp>();

        server.Suspend();
        // More than the socket takes, so that the send itself is stuck.
        link.Write(Batches.Of(1, Enumerable.Repeat(("large", new string('x', 900_000)), 20)));

        Assert.Equal(LinkLossKind.Timeout, (await recorder.LostAsync()).Kind);
        Assert.Empty(recorder.Reports.OfType<LinkWritten>());
    }

    [Fact]
    public async Task A_killed_server_behind_TLS_is_lost_once()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = _certificates.Config() });
        var (_, recorder) = Open(server.Url, Trusting(TlsMode.Require));
        await recorder.WaitAsync<LinkUp>();

        await server.KillAsync();

        Assert.Equal(LinkLossKind.Closed, (await recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task A_server_without_TLS_is_refused_when_TLS_is_required()
    {
        await using var server = await NatsServer.StartAsync();

        await AssertTlsLossAsync(server.Url, Trusting(TlsMode.Require), "does not offer it");
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var others = new TestCertificates();
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = others.Config() });

        await AssertTlsLossAsync(server.Url, Trusting(TlsMode.Require), "certificate");
    }

    [Fact]
    public async Task A_certificate_of_another_host_is_refused_unless_the_settings_name_it()
    {
        using var other = new TestCertificates("nats.example");
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = other.Config() });
        var tls = new TlsSettings { Mode = TlsMode.Require, CaFile = other.AuthorityFile };

        await AssertTlsLossAsync(server.Url, tls, "RemoteCertificateNameMismatch");
        var (link, recorder) = Open(server.Url, tls with { ServerName = "nats.example" });
        await recorder.WaitAsync<LinkUp>();
        await CloseAsync(link, recorder);
    }

    [Fact]
    public async Task Verification_can_be_skipped()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = _certificates.Config() });
        var (link, recorder) = Open(server.Url, new TlsSettings { Mode = TlsMode.Require, InsecureSkipVerify = true });

        await recorder.WaitAsync<LinkUp>();
        await CloseAsync(link, recorder);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_client_certificate_gets_it()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = _certificates.Config(", verify: true") });
        var tls = Trusting(TlsMode.Require);

        Assert.Equal(LinkLossKind.Tls, (await Open(server.Url, tls).Recorder.LostAsync()).Kind);
        var (link, recorder) = Open(
            server.Url, tls with { CertificateFile = _certificates.ClientFile, KeyFile = _certificates.ClientKeyFile });
        await recorder.WaitAsync<LinkUp>();
        await CloseAsync(link, recorder);
    }

    [Fact]
    public async Task A_certificate_file_that_is_missing_or_no_certificate_is_named()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = _certificates.Config() });
        var tls = Trusting(TlsMode.Require);

        await AssertTlsLossAsync(server.Url, tls with { CaFile = "/no/such/ca.pem" }, "/no/such/ca.pem");
        await AssertTlsLossAsync(server.Url, tls with { CaFile = _certificates.ServerKeyFile }, "no certificate in");
        await AssertTlsLossAsync(
            server.Url, tls with { CertificateFile = _certificates.ServerKeyFile, KeyFile = _certificates.ClientKeyFile },
            "a file of connection.tls cannot be used");
    }

    [Fact]
    public async Task Handshake_first_speaks_TLS_before_INFO()
    {
        await using var server = ScriptedServer.Start(
            async connection =>
            {
                await connection.BringUpAsync();
                await connection.ReadPingAsync();
                await connection.SendAsync("PONG\r\n");
                await connection.HangAsync();
            },
            _certificates.Server);
        var (link, recorder) = Open(server.Url, Trusting(TlsMode.HandshakeFirst));
        await recorder.WaitAsync<LinkUp>();

        link.Write(Batches.Numbered("a", 1, 10));

        await recorder.WaitAsync<LinkConfirmed>();
        await CloseAsync(link, recorder);
    }

    [Fact]
    public async Task Handshake_first_against_a_server_that_greets_first_is_refused()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = _certificates.Config() });

        Assert.Equal(LinkLossKind.Tls, (await Open(server.Url, Trusting(TlsMode.HandshakeFirst)).Recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task Handshake_first_says_nothing_in_plain_when_the_handshake_has_failed()
    {
        var said = new TaskCompletionSource<string>();
        await using var server = ScriptedServer.Start(async connection =>
        {
            // As one would who wants the credentials: spoil the handshake, and then greet as a server without TLS does.
            await connection.ReadSomeAsync(new byte[1024]);
            await connection.SendAsync("no TLS record\r\n");
            var line = connection.ReadLineAsync();
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
            try
            {
                while (!line.IsCompleted)
                {
                    await pace.WaitForNextTickAsync(connection.Stop);
                    await connection.SendAsync(ScriptedConnection.Info);
                }

                said.TrySetResult(await line);
            }
            catch (IOException)
            {
                said.TrySetResult("");
            }
        });

        var (_, recorder) = Open(
            server.Url.Replace("nats://", "nats://u:secret@", StringComparison.Ordinal), Trusting(TlsMode.HandshakeFirst));

        Assert.Equal(LinkLossKind.Tls, (await recorder.LostAsync()).Kind);
        Assert.DoesNotContain("CONNECT", await said.Task.WaitAsync(Until.DefaultTimeout), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("allow_non_tls: true", true)]
    [InlineData("", false)]
    public async Task With_TLS_off_an_offer_of_TLS_is_left_and_a_server_that_insists_gets_it(string config, bool offered)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = $"{config}\n{_certificates.Config()}" });
        // To the server that only offers it, the certificate must not matter.
        var (link, recorder) = Open(server.Url, offered ? new TlsSettings { Mode = TlsMode.Off } : Trusting(TlsMode.Off));

        var report = await recorder.WaitAsync<LinkReport>();
        Assert.True(report is LinkUp, $"{report}");
        link.Write(Batches.Numbered("a", 1, 10));
        await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 10);
        await CloseAsync(link, recorder);
    }

    [Fact]
    public async Task Bytes_that_were_slipped_in_before_the_handshake_are_not_taken_for_the_servers()
    {
        await using var server = GreetAndHang("INFO {\"tls_required\":true}\r\nPONG\r\n");

        var lost = await Open(server.Url, Trusting(TlsMode.Off)).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Tls, lost.Kind);
        Assert.Contains("between INFO and the TLS handshake", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_shakes_hands_is_a_timeout()
    {
        var asked = new TaskCompletionSource();
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.SendAsync("INFO {\"tls_required\":true}\r\n");
            await connection.ReadSomeAsync(new byte[1]);
            asked.SetResult();
            await connection.HangAsync();
        });
        var time = new VirtualTime();
        var recorder = Open(server.Url, Trusting(TlsMode.Off), time: time).Recorder;
        await asked.Task.WaitAsync(Until.DefaultTimeout, TimeProvider.System);

        time.Advance(ConnectTimeout);

        var lost = await recorder.LostAsync();
        Assert.Equal(LinkLossKind.Timeout, lost.Kind);
        Assert.Contains("connection.connect-timeout passed", lost.Detail, StringComparison.Ordinal);
    }

    private static ScriptedServer GreetAndHang(string greeting) => ScriptedServer.Start(async connection =>
    {
        await connection.SendAsync(greeting);
        await connection.HangAsync();
    });

    private TlsSettings Trusting(TlsMode mode) => new() { Mode = mode, CaFile = _certificates.AuthorityFile };

    private async Task AssertTlsLossAsync(string url, TlsSettings tls, string detail)
    {
        var lost = await Open(url, tls).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Tls, lost.Kind);
        Assert.Contains(detail, lost.Detail, StringComparison.Ordinal);
    }

    private static async Task CloseAsync(ILink link, LinkRecorder recorder)
    {
        link.Close();
        Assert.Equal(LinkLossKind.Local, (await recorder.LostAsync()).Kind);
    }

    private static (ILink Link, LinkRecorder Recorder) Open(
        string url, TlsSettings tls, TimeSpan? confirmTimeout = null, TimeProvider? time = null)
    {
        var recorder = new LinkRecorder(1);
        var settings = new ConnectionSettings { Tls = tls, ConnectTimeout = ConnectTimeout };
        var request = new LinkRequest(1, ServerAddress.Parse(url), settings, confirmTimeout ?? TimeSpan.FromSeconds(10), null);
        return (new LinkFactory(time ?? TimeProvider.System).Open(request, recorder.Report), recorder);
    }
}
