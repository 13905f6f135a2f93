using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NATS.Client.Core;
using NatsActors.Links;
using NatsActors.Testing;
using ClientTlsMode = NATS.Client.Core.TlsMode;

namespace NatsActors.Tests.Links;

/// <summary>A user's <c>NatsOpts.TlsOpts</c>: every member means for a link what it means for the client.</summary>
public sealed class LinkTlsOptionTests : IDisposable
{
    private const string Password = "key-p4ssword";

    private readonly TestCertificates _certificates = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tls-options-");

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(ClientTlsMode.Auto)]
    [InlineData(ClientTlsMode.Require)]
    public async Task An_authority_of_the_user_is_trusted(ClientTlsMode mode)
    {
        await using var server = await StartAsync();

        await WorksAsync(server, new NatsTlsOpts { Mode = mode, CaFile = _certificates.AuthorityFile });
    }

    [Fact]
    public async Task An_authority_of_the_user_comes_before_that_of_the_settings()
    {
        using var others = new TestCertificates();
        await using var server = await StartAsync();
        var settings = new ConnectionSettings { Tls = new TlsSettings { CaFile = others.AuthorityFile } };

        var (link, recorder) = LinkRig.Open(
            server.Url, opts => opts with { TlsOpts = opts.TlsOpts with { CaFile = _certificates.AuthorityFile } }, settings);

        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task Another_authority_is_refused()
    {
        using var others = new TestCertificates();
        await using var server = await StartAsync();

        await FailsAsync(server, new NatsTlsOpts { CaFile = others.AuthorityFile }, "certificate");
    }

    [Fact]
    public async Task Verification_can_be_skipped()
    {
        await using var server = await StartAsync();

        await WorksAsync(server, new NatsTlsOpts { InsecureSkipVerify = true });
    }

    [Theory]
    [InlineData("files")]
    [InlineData("encrypted key")]
    [InlineData("bundle")]
    [InlineData("encrypted bundle")]
    public async Task A_certificate_of_the_user_is_shown_to_the_server(string what)
    {
        await using var server = await StartAsync(", verify: true");
        var tls = new NatsTlsOpts { CaFile = _certificates.AuthorityFile };

        await FailsAsync(server, tls, "");
        await WorksAsync(server, what switch
        {
            "files" => tls with { CertFile = _certificates.ClientFile, KeyFile = _certificates.ClientKeyFile },
            "encrypted key" => tls with { CertFile = _certificates.ClientFile, KeyFile = EncryptedKey(), KeyFilePassword = Password },
            "bundle" => tls with { CertBundleFile = Bundle(null) },
            _ => tls with { CertBundleFile = Bundle(Password), CertBundleFilePassword = Password },
        });
    }

    [Fact]
    public async Task The_users_callback_has_the_last_word()
    {
        await using var server = await StartAsync();
        SslClientAuthenticationOptions? seen = null;

        await WorksAsync(server, new NatsTlsOpts
        {
            Mode = ClientTlsMode.Require,
            ConfigureClientAuthentication = options =>
            {
                seen = options;
                options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=localhost";
                return default;
            },
        });

        Assert.Equal("127.0.0.1", seen!.TargetHost);
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_named_as_the_users()
    {
        await using var server = await StartAsync();
        var tls = new NatsTlsOpts { Mode = ClientTlsMode.Require };

        await FailsAsync(server, tls with { CaFile = "/no/such/ca.pem" }, "a file of NatsOpts.TlsOpts cannot be used");
        await FailsAsync(server, tls with { CertFile = _certificates.ClientFile }, "CertFile and KeyFile belong together");
        await FailsAsync(
            server, tls with { CertBundleFile = Bundle(Password), CertBundleFilePassword = "wrong" }, "a file of NatsOpts.TlsOpts cannot be used");
    }

    [Theory]
    [InlineData(ClientTlsMode.Prefer, true)]
    [InlineData(ClientTlsMode.Disable, false)]
    public async Task What_a_server_offers_is_taken_as_the_mode_says(ClientTlsMode mode, bool taken)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = $"allow_non_tls: true\n{_certificates.Config()}" });
        var shaken = false;

        await WorksAsync(server, new NatsTlsOpts
        {
            Mode = mode,
            ConfigureClientAuthentication = options =>
            {
                shaken = true;
                options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
                return default;
            },
        });

        Assert.Equal(taken, shaken);
    }

    [Fact]
    public async Task A_server_that_insists_is_refused_when_the_user_disables_TLS()
    {
        await using var server = await StartAsync();

        await FailsAsync(server, new NatsTlsOpts { Mode = ClientTlsMode.Disable }, "NatsOpts.TlsOpts disables it");
    }

    [Fact]
    public async Task A_server_without_TLS_is_refused_when_the_user_requires_it()
    {
        await using var server = await NatsServer.StartAsync();

        await FailsAsync(server, new NatsTlsOpts { Mode = ClientTlsMode.Require }, "does not offer it");
        await FailsAsync(server, new NatsTlsOpts { CaFile = _certificates.AuthorityFile }, "does not offer it");
    }

    [Fact]
    public async Task Implicit_speaks_TLS_before_INFO()
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

        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with
        {
            TlsOpts = new NatsTlsOpts { Mode = ClientTlsMode.Implicit, CaFile = _certificates.AuthorityFile },
        });

        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task A_certificate_of_the_user_is_shown_through_a_websocket_too()
    {
        var port = LoopbackPorts.Next();
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = $"websocket {{ host: 127.0.0.1, port: {port}, {_certificates.Config().Replace("timeout: 5", "verify: true", StringComparison.Ordinal)} }}",
        });
        var tls = new NatsTlsOpts { CaFile = _certificates.AuthorityFile };

        var without = await LinkRig.Open($"wss://127.0.0.1:{port}", opts => opts with { TlsOpts = tls }).Recorder.LostAsync();
        var (link, recorder) = LinkRig.Open($"wss://127.0.0.1:{port}", opts => opts with { TlsOpts = tls with { CertBundleFile = Bundle(null) } });

        await LinkRig.AssertWorksAsync(link, recorder);
        Assert.Equal(LinkLossKind.Tls, without.Kind);
    }

    private Task<NatsServer> StartAsync(string more = "") =>
        NatsServer.StartAsync(new NatsServerOptions { Config = _certificates.Config(more) });

    private static async Task WorksAsync(NatsServer server, NatsTlsOpts tls)
    {
        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with { TlsOpts = tls });
        await LinkRig.AssertWorksAsync(link, recorder);
    }

    private static async Task FailsAsync(NatsServer server, NatsTlsOpts tls, string detail)
    {
        var lost = await LinkRig.Open(server.Url, opts => opts with { TlsOpts = tls }).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Tls, lost.Kind);
        Assert.Contains(detail, lost.Detail, StringComparison.Ordinal);
    }

    private string EncryptedKey()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(_certificates.ClientKeyFile));
        var file = Path.Combine(_folder.FullName, "key.pem");
        File.WriteAllText(file, key.ExportEncryptedPkcs8PrivateKeyPem(
            Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        return file;
    }

    private string Bundle(string? password)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(_certificates.ClientFile, _certificates.ClientKeyFile);
        var file = Path.Combine(_folder.FullName, "client.pfx");
        File.WriteAllBytes(file, certificate.Export(X509ContentType.Pkcs12, password));
        return file;
    }
}
