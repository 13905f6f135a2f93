using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NatsActors.Faults;

/// <summary>An authority and a certificate for 127.0.0.1, made anew for each run and kept in files.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("certificates-").FullName;

    public Certificates()
    {
        var from = TimeProvider.System.GetUtcNow().AddDays(-1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = authorityRequest.CreateSelfSigned(from, from.AddDays(10));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, from, from.AddDays(9), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(AuthorityFile, authority.ExportCertificatePem());
        File.WriteAllText(ServerFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    public string AuthorityFile => Path.Combine(_folder, "ca.pem");

    public string ServerFile => Path.Combine(_folder, "server.pem");

    public string KeyFile => Path.Combine(_folder, "server-key.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
