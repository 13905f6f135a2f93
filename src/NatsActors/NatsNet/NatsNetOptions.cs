using System.Text;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NatsActors.Wire;
using ClientTlsMode = NATS.Client.Core.TlsMode;

namespace NatsActors.NatsNet;

/// <summary>Makes the client's options for one link: what the settings say, then what the user changes, then what a link needs.</summary>
internal static class NatsNetOptions
{
    // The link's own limit, which spans the whole attempt, is to be the one that passes: it knows what was waited for.
    private static readonly TimeSpan ClientsGrace = TimeSpan.FromSeconds(5);

    public static NatsOpts Make(LinkRequest request, Func<NatsOpts, NatsOpts>? configure)
    {
        var settings = request.Settings;
        var tls = Tls(request);
        var opts = NatsOpts.Default with
        {
            Url = request.Server.ToString(),
            Name = settings.Name,
            AuthOpts = Authentication(request),
            TlsOpts = tls,
            ConnectTimeout = settings.ConnectTimeout + ClientsGrace,
            HeaderEncoding = Encoding.UTF8,
        };
        opts = configure?.Invoke(opts) ?? opts;
        return opts with
        {
            // Prefer takes TLS wherever it is offered, and then fails of a certificate that nobody asked for. A WebSocket knows
            // no such upgrade, and refuses Disable.
            TlsOpts = ReferenceEquals(opts.TlsOpts, tls) && tls.Mode == ClientTlsMode.Prefer
                && opts.Url.StartsWith("nats:", StringComparison.OrdinalIgnoreCase)
                ? tls with { Mode = ClientTlsMode.Disable }
                : opts.TlsOpts,
            // A link never reconnects, and the hook that opens its socket refuses a second one: what the client kept for a
            // retry could only reach a later link's messages late.
            RetryOnInitialConnect = false,
            MaxReconnectRetry = 1,
            IgnoreAuthErrorAbort = false,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(1),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(1),
            // The link probes a silent server itself, and counts on every PONG being the answer to a PING of its own.
            PingInterval = TimeSpan.Zero,
            // How long a write may wait is confirm-timeout without progress, which the link's watch measures.
            CommandTimeout = Timeout.InfiniteTimeSpan,
            // All that a publisher hears is PubAcks.
            MaxPayloadHardCap = new ReaderLimits().Message,
            Verbose = false,
            Headers = true,
            DrainSubscriptionsOnDispose = false,
        };
    }

    /// <summary>What must not stand in a report, of what only the options know.</summary>
    public static IEnumerable<string?> SecretsOf(NatsOpts opts) =>
        [opts.AuthOpts.Password, opts.AuthOpts.Token, opts.AuthOpts.Seed, opts.AuthOpts.Jwt, opts.AuthOpts.Creds,
            opts.TlsOpts.KeyFilePassword, opts.TlsOpts.CertBundleFilePassword, Password(opts.Url)];

    private static string? Password(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.UserInfo.Length > 0
            ? Uri.UnescapeDataString(uri.UserInfo[(uri.UserInfo.IndexOf(':') + 1)..])
            : null;

    private static NatsAuthOpts Authentication(LinkRequest request)
    {
        if (request.Settings.CredentialsFile is { Length: > 0 } file)
        {
            var (jwt, seed) = CredentialsFile.Read(file);
            return NatsAuthOpts.Default with { Jwt = jwt, Seed = seed };
        }

        var (user, password, token) = Secrets.Login(request);
        return NatsAuthOpts.Default with { Username = user, Password = password, Token = token };
    }

    private static NatsTlsOpts Tls(LinkRequest request)
    {
        var tls = request.Settings.Tls;
        return NatsTlsOpts.Default with
        {
            Mode = tls.Mode switch
            {
                TlsMode.HandshakeFirst => ClientTlsMode.Implicit,
                TlsMode.Require => ClientTlsMode.Require,
                _ => request.Server.Tls ? ClientTlsMode.Require : ClientTlsMode.Prefer,
            },
            // The client's own reading of the files hides why a certificate is refused, and takes a file without any for none.
            ConfigureClientAuthentication = options =>
                new ValueTask(WireTls.FillAsync(options, tls, request.Server.TlsHost, CancellationToken.None)),
        };
    }
}
