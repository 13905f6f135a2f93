using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NatsActors.Testing;

/// <summary>An authority of its own with a server's and a client's certificate, made anew for each test and kept in files.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddDays(-1);
    private readonly string _folder = Directory.CreateTempSubdirectory("certificates-").FullName;
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _server;

    public TestCertificates(string serverName = "localhost")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test Authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(From, From.AddDays(10));
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
        _server = Issue(serverName, ServerFile, ServerKeyFile);
        Issue("client", ClientFile, ClientKeyFile).Dispose();
    }

    public string AuthorityFile => Path.Combine(_folder, "ca.pem");
    public string ServerFile => Path.Combine(_folder, "server.pem");
    public string ServerKeyFile => Path.Combine(_folder, "server-key.pem");
    public string ClientFile => Path.Combine(_folder, "client.pem");
    public string ClientKeyFile => Path.Combine(_folder, "client-key.pem");

    /// <summary>The server's certificate with its key.</summary>
    public X509Certificate2 Server => _server;

    /// <summary>A nats-server's configuration with them.</summary>
    public string Config(string more = "") =>
        $$"""tls { cert_file: "{{ServerFile}}", key_file: "{{ServerKeyFile}}", ca_file: "{{AuthorityFile}}", timeout: 5 {{more}} }""";

    /// <summary>A new certificate of the same authority in the server's files; for the server's next reload.</summary>
    public void RenewServer() => Issue("localhost", ServerFile, ServerKeyFile).Dispose();

    /// <summary>The same, for a certificate that expired an hour ago.</summary>
    public void ExpireServer() => Issue("localhost", ServerFile, ServerKeyFile, From.AddDays(1).AddHours(-1)).Dispose();

    /// <summary>Puts the server's certificate of another authority into the server's files.</summary>
    public void TakeServerFrom(TestCertificates other)
    {
        File.Copy(other.ServerFile, ServerFile, overwrite: true);
        File.Copy(other.ServerKeyFile, ServerKeyFile, overwrite: true);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private X509Certificate2 Issue(string name, string file, string keyFile, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost")
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        var certificate = request.Create(_authority, From, until ?? From.AddDays(9), RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
        File.WriteAllText(file, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
