using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NatsActors.Wire;

/// <summary>Fills in the TLS options of one link from the settings. Files are read for every link, so a renewed certificate takes effect.</summary>
internal static class WireTls
{
    /// <exception cref="LinkFailure">A file cannot be used.</exception>
    public static async Task FillAsync(
        SslClientAuthenticationOptions options, TlsSettings settings, string host, CancellationToken cancel)
    {
        options.TargetHost = settings.ServerName.Length > 0 ? settings.ServerName : host;
        if (settings.InsecureSkipVerify)
        {
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }

        try
        {
            if (settings.CaFile.Length > 0)
            {
                options.CertificateChainPolicy = await TrustAsync(settings.CaFile, cancel).ConfigureAwait(false);
            }

            if (settings.CertificateFile.Length > 0)
            {
                options.ClientCertificateContext = await ClientAsync(settings, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new LinkFailure(LinkLossKind.Tls, $"a file of connection.tls cannot be used: {error.Message}");
        }
    }

    private static async Task<X509ChainPolicy> TrustAsync(string file, CancellationToken cancel)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPem(await File.ReadAllTextAsync(file, cancel).ConfigureAwait(false));
        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new CryptographicException($"no certificate in '{file}'");
    }

    private static async Task<SslStreamCertificateContext> ClientAsync(TlsSettings settings, CancellationToken cancel)
    {
        var certificatePem = await File.ReadAllTextAsync(settings.CertificateFile, cancel).ConfigureAwait(false);
        var keyPem = await File.ReadAllTextAsync(settings.KeyFile, cancel).ConfigureAwait(false);
        var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        if (OperatingSystem.IsWindows())
        {
            // SChannel cannot use a key that exists in memory only (dotnet/runtime#23749).
            using var inMemory = certificate;
            certificate = X509CertificateLoader.LoadPkcs12(inMemory.Export(X509ContentType.Pkcs12), null);
        }

        // The file's further certificates are the intermediates that the server may need.
        var intermediates = new X509Certificate2Collection();
        intermediates.ImportFromPem(certificatePem);
        return SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
    }
}
