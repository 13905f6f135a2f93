using NATS.Client.Core;
using NatsActors.Protocol;
using ClientTlsMode = NATS.Client.Core.TlsMode;

namespace NatsActors.Links;

/// <summary>When a link puts TLS on its connection.</summary>
internal enum TlsUse
{
    /// <summary>Never. The link fails if the server requires TLS.</summary>
    Never,

    /// <summary>When the server requires TLS.</summary>
    Insisted,

    /// <summary>When the server offers TLS.</summary>
    Offered,

    /// <summary>Always, after INFO.</summary>
    Always,

    /// <summary>Always, before INFO.</summary>
    First,
}

/// <summary>The options of one link.</summary>
/// <param name="Client">The client's options.</param>
/// <param name="Server">The server to dial.</param>
/// <param name="Tls">When to use TLS.</param>
/// <param name="TlsHost">The name that the server's certificate must have.</param>
/// <param name="TlsOrigin">The setting that names the TLS files, for an error's text.</param>
internal sealed record LinkOpts(NatsOpts Client, ServerAddress Server, TlsUse Tls, string TlsHost, string TlsOrigin)
{
    /// <summary>A user's own connection, instead of a socket or WebSocket of the link.</summary>
    public INatsSocketConnectionFactory? Factory { get; init; }

    /// <summary>A text without the client's options, which have credentials.</summary>
    public override string ToString() => $"LinkOpts {{ Server = {Server}, Tls = {Tls} }}";
}

/// <summary>Makes the options of one link: the settings first, then the user's changes, then the values that a link depends on.</summary>
internal static class ClientOptions
{
    // The link's own time-out covers the whole attempt and must fire first, because its error names the step that took too long.
    private static readonly TimeSpan ClientsGrace = TimeSpan.FromSeconds(5);

    /// <exception cref="LinkFailure">The credentials file cannot be used, or the user's function failed.</exception>
    public static LinkOpts Make(LinkRequest request, Func<NatsOpts, NatsOpts>? configure)
    {
        var settings = request.Settings;
        var given = NatsOpts.Default with
        {
            Url = request.Server.ToString(),
            Name = settings.Name,
            AuthOpts = Authentication(request),
            TlsOpts = Tls(settings.Tls),
            ConnectTimeout = settings.ConnectTimeout,
            InboxPrefix = settings.InboxPrefix,
        };
        var wanted = Configure(given, configure);
        var server = wanted.Url == given.Url ? request.Server : UsersServer(wanted.Url);
        var ownTls = wanted.TlsOpts == given.TlsOpts;
        return new LinkOpts(
            Fixed(wanted, settings), server,
            ownTls ? Use(settings.Tls.Mode, server) : Use(wanted.TlsOpts, server),
            settings.Tls.ServerName is { Length: > 0 } name ? name : server.TlsHost,
            ownTls ? "connection.tls" : "NatsOpts.TlsOpts")
        {
            Factory = wanted.SocketConnectionFactory,
        };
    }

    /// <summary>The credentials in the client's options, which no report may show.</summary>
    public static IEnumerable<string?> SecretsOf(NatsOpts opts) =>
        [opts.AuthOpts.Password, opts.AuthOpts.Token, opts.AuthOpts.Seed, opts.AuthOpts.Jwt, .. CredentialsFile.SecretsOf(opts.AuthOpts.Creds),
            opts.TlsOpts.KeyFilePassword, opts.TlsOpts.CertBundleFilePassword, .. UserInfo(opts.Url),
            .. opts.WebSocketOpts.RequestHeaders?.Values.SelectMany(values => values) ?? []];

    private static NatsOpts Configure(NatsOpts given, Func<NatsOpts, NatsOpts>? configure)
    {
        if (configure is null)
        {
            return given;
        }

        try
        {
            return configure(given) ?? given;
        }
        catch (Exception error)
        {
            throw LinkFailure.OfOthers(LinkLossKind.Unreachable, "the function that changes NatsOpts failed", error);
        }
    }

    /// <summary>Sets the options that a link depends on, over the user's: the client logs in once and does nothing afterwards.</summary>
    private static NatsOpts Fixed(NatsOpts wanted, ConnectionSettings settings) => wanted with
    {
        ConnectTimeout = settings.ConnectTimeout + ClientsGrace,
        InboxPrefix = settings.InboxPrefix,
        // The default, Direct, subscribes to an inbox at once, and a server closes the connection of a user that may not subscribe.
        RequestReplyMode = NatsRequestReplyMode.SharedInbox,
        RetryOnInitialConnect = false,
        MaxReconnectRetry = 1,
        PingInterval = TimeSpan.Zero,
        CommandTimeout = Timeout.InfiniteTimeSpan,
        Verbose = false,
        Headers = true,
        DrainSubscriptionsOnDispose = false,
    };

    private static ServerAddress UsersServer(string url) => ServerAddress.TryParse(url, out var server, out var error)
        ? server
        : throw new LinkFailure(LinkLossKind.Unreachable, $"NatsOpts.Url: {error}; must be one host[:port] behind {ServerAddress.Schemes}");

    private static TlsUse Use(TlsMode mode, ServerAddress server) => mode switch
    {
        TlsMode.HandshakeFirst => TlsUse.First,
        TlsMode.Require => TlsUse.Always,
        _ => server.Tls ? TlsUse.Always : TlsUse.Insisted,
    };

    /// <summary>The client's rules, as its <see cref="ClientTlsMode"/> documents them.</summary>
    private static TlsUse Use(NatsTlsOpts tls, ServerAddress server) => tls.Mode switch
    {
        ClientTlsMode.Implicit => TlsUse.First,
        ClientTlsMode.Require => TlsUse.Always,
        ClientTlsMode.Disable => TlsUse.Never,
        ClientTlsMode.Auto when HasMaterial(tls) => TlsUse.Always,
        _ => server.Tls ? TlsUse.Always : TlsUse.Offered,
    };

    private static bool HasMaterial(NatsTlsOpts tls) =>
        (tls.CertFile ?? tls.KeyFile ?? tls.CertBundleFile ?? tls.CaFile) is not null || tls.ConfigureClientAuthentication is not null;

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

    private static NatsTlsOpts Tls(TlsSettings tls) => NatsTlsOpts.Default with
    {
        // With Auto a user who adds a certificate gets the client's own rules.
        Mode = tls.Mode switch
        {
            TlsMode.HandshakeFirst => ClientTlsMode.Implicit,
            TlsMode.Require => ClientTlsMode.Require,
            _ => ClientTlsMode.Auto,
        },
        CaFile = Given(tls.CaFile),
        CertFile = Given(tls.CertificateFile),
        KeyFile = Given(tls.KeyFile),
        InsecureSkipVerify = tls.InsecureSkipVerify,
    };

    private static string? Given(string file) => file.Length > 0 ? file : null;

    private static IEnumerable<string?> UserInfo(string url) =>
        ServerAddress.TryParse(url, out var server, out _) ? [server.Password, server.Token] : [];
}
