using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NATS.Client.Core;

namespace NatsActors.Links;

/// <summary>
/// Makes the TLS options of one link out of the client's options, which have the settings and the user's changes. Every link reads
/// the files anew, so a renewed certificate takes effect. The client could read the files too, but it hides why a certificate is
/// refused, and it accepts a file without a certificate.
/// </summary>
internal static class LinkTls
{
    /// <exception cref="LinkFailure">A file cannot be used, or the user's callback failed.</exception>
    public static async Task<SslClientAuthenticationOptions> MakeAsync(LinkOpts opts, CancellationToken cancel)
    {
        var made = new SslClientAuthenticationOptions { TargetHost = opts.TlsHost };
        var tls = opts.Client.TlsOpts;
        if (tls.InsecureSkipVerify)
        {
            made.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }

        try
        {
            if (tls.CaFile is { Length: > 0 } authorities)
            {
                made.CertificateChainPolicy = await TrustAsync(authorities, cancel).ConfigureAwait(false);
            }

            made.ClientCertificateContext = await ClientAsync(tls, cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new LinkFailure(LinkLossKind.Tls, $"a file of {opts.TlsOrigin} cannot be used: {error.Message}");
        }

        if (tls.ConfigureClientAuthentication is { } configure)
        {
            try
            {
                await configure(made).AsTask().WaitAsync(cancel).ConfigureAwait(false);
            }
            catch (Exception error) when (!cancel.IsCancellationRequested)
            {
                throw LinkFailure.OfOthers(LinkLossKind.Tls, "NatsOpts.TlsOpts.ConfigureClientAuthentication failed", error);
            }
        }

        return made;
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

    private static async Task<SslStreamCertificateContext?> ClientAsync(NatsTlsOpts tls, CancellationToken cancel)
    {
        switch (tls)
        {
            case { CertFile: null, KeyFile: null, CertBundleFile: null }:
                return null;
            case { CertBundleFile: { } bundle, CertFile: null, KeyFile: null }:
                return FromBundle(bundle, tls.CertBundleFilePassword);
            case { CertFile: { } file, KeyFile: { } keyFile, CertBundleFile: null }:
                var pem = await File.ReadAllTextAsync(file, cancel).ConfigureAwait(false);
                var keyPem = await File.ReadAllTextAsync(keyFile, cancel).ConfigureAwait(false);
                return FromPem(pem, keyPem, tls.KeyFilePassword);
            default:
                throw new ArgumentException("CertFile and KeyFile belong together, and exclude CertBundleFile");
        }
    }

    private static SslStreamCertificateContext FromPem(string pem, string keyPem, string? password)
    {
        var certificate = string.IsNullOrEmpty(password)
            ? X509Certificate2.CreateFromPem(pem, keyPem)
            : X509Certificate2.CreateFromEncryptedPem(pem, keyPem, password);
        if (OperatingSystem.IsWindows())
        {
            // SChannel cannot use a key that is in memory only (dotnet/runtime#23749).
            using var inMemory = certificate;
            certificate = X509CertificateLoader.LoadPkcs12(inMemory.Export(X509ContentType.Pkcs12), null);
        }

        // Further certificates in the file are intermediates, which the server may need.
        var intermediates = new X509Certificate2Collection();
        intermediates.ImportFromPem(pem);
        return SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
    }

    private static SslStreamCertificateContext FromBundle(string file, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
        var certificate = all.FirstOrDefault(each => each.HasPrivateKey)
            ?? throw new CryptographicException($"no certificate with a private key in '{file}'");
        return SslStreamCertificateContext.Create(certificate, all, offline: true);
    }
}
