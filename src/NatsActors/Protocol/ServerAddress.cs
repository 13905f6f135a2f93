using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NatsActors.Protocol;

/// <summary>
/// One server: host, port, TLS, WebSocket, and the credentials of its URL. <see cref="ToString"/> and equality leave the credentials
/// out.
/// </summary>
internal sealed class ServerAddress : IEquatable<ServerAddress>
{
    public const int DefaultPort = 4222;

    /// <summary>The schemes that a URL may have, as an error names them.</summary>
    public const string Schemes = "nats://, tls://, ws:// or wss://";

    private const int DefaultWebSocketPort = 80;
    private const int DefaultSecureWebSocketPort = 443;

    private ServerAddress(string host, int port)
    {
        Host = host;
        Port = port;
        TlsHost = host;
    }

    public string Host { get; }
    public int Port { get; }

    /// <summary>What is shown in place of a URL: the server is not one that is dialled by its address. Null for a URL.</summary>
    public string? Name { get; private init; }

    /// <summary>Whether the URL asks for TLS: <c>tls://</c> or <c>wss://</c>.</summary>
    public bool Tls { get; private init; }

    /// <summary>Whether the server is reached through a WebSocket: <c>ws://</c> or <c>wss://</c>.</summary>
    public bool IsWebSocket { get; private init; }

    /// <summary>The path of a WebSocket URL with its slash, which a reverse proxy may need; empty for none.</summary>
    public string Path { get; private init; } = "";

    /// <summary>
    /// The name that the server's certificate must have when <c>connection.tls.server-name</c> is empty: the host, or, for a discovered
    /// server with an IP address, the host of the seed that announced it.
    /// </summary>
    public string TlsHost { get; private init; }

    public string? User { get; private init; }
    public string? Password { get; private init; }
    public string? Token { get; private init; }

    /// <summary>
    /// Parses <c>[nats://|tls://|ws://|wss://][user:password@|token@]host[:port]</c>, with a path for a WebSocket. The
    /// default port is 4222, for <c>ws://</c> 80 and for <c>wss://</c> 443. The error repeats nothing of the text, because in a URL
    /// without its <c>@</c> the password is in the place of host and port.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ServerAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        var rest = (text ?? "").Trim();
        error = TakeScheme(ref rest, out var tls, out var webSocket);
        if (error is not null)
        {
            return false;
        }

        var (user, password, token) = TakeLogin(ref rest);
        var path = webSocket ? TakePath(ref rest) : "";
        rest = rest.TrimEnd('/');
        var port = (webSocket, tls) switch
        {
            (true, true) => DefaultSecureWebSocketPort,
            (true, false) => DefaultWebSocketPort,
            _ => DefaultPort,
        };
        error = TakePort(ref rest, ref port)
            ?? (path.AsSpan().ContainsAny("?# ") ? "the path of a WebSocket must not have a query or a fragment" : null);
        rest = rest.Trim('[', ']');
        if (error is null && Uri.CheckHostName(rest) == UriHostNameType.Unknown)
        {
            error = "the host is not a host name or an address";
        }

        if (error is not null)
        {
            return false;
        }

        address = new ServerAddress(rest, port)
        {
            Tls = tls, IsWebSocket = webSocket, Path = path, User = user, Password = password, Token = token,
        };
        return true;
    }

    /// <summary>A server that links find by other means than an address, by its name.</summary>
    public static ServerAddress Named(string name) => new(name, 0) { Name = name };

    /// <inheritdoc cref="TryParse"/>
    public static ServerAddress Parse(string text) =>
        TryParse(text, out var address, out var error) ? address : throw new FormatException(error);

    /// <summary>
    /// This server with the seed's TLS, transport and credentials. A cluster announces bare addresses (<c>connect_urls</c>), and each
    /// of its servers wants the same TLS and credentials as the seed. To a client with a WebSocket a server announces WebSocket ports.
    /// </summary>
    public ServerAddress Inherit(ServerAddress seed)
    {
        var own = User is not null || Token is not null;
        var isAddress = Uri.CheckHostName(Host) is UriHostNameType.IPv4 or UriHostNameType.IPv6;
        return new ServerAddress(Host, Port)
        {
            Tls = Tls || seed.Tls,
            IsWebSocket = IsWebSocket || seed.IsWebSocket,
            Path = Path,
            User = own ? User : seed.User,
            Password = own ? Password : seed.Password,
            Token = own ? Token : seed.Token,
            TlsHost = isAddress ? seed.TlsHost : Host,
        };
    }

    public bool Equals(ServerAddress? other) =>
        other is not null && Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => Equals(obj as ServerAddress);

    public override int GetHashCode() => HashCode.Combine(Port, StringComparer.OrdinalIgnoreCase.GetHashCode(Host));

    public override string ToString()
    {
        if (Name is not null)
        {
            return Name;
        }

        var scheme = IsWebSocket ? (Tls ? "wss" : "ws") : (Tls ? "tls" : "nats");
        return $"{scheme}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}{Path}";
    }

    private static string? TakeScheme(ref string rest, out bool tls, out bool webSocket)
    {
        var end = rest.IndexOf("://", StringComparison.Ordinal);
        var name = end < 0 ? "nats" : rest[..end].ToLowerInvariant();
        rest = end < 0 ? rest : rest[(end + 3)..];
        tls = name is "tls" or "wss";
        webSocket = name is "ws" or "wss";
        return tls || webSocket || name == "nats" ? null : "the scheme is unknown";
    }

    private static (string? User, string? Password, string? Token) TakeLogin(ref string rest)
    {
        var at = rest.LastIndexOf('@');
        if (at < 0)
        {
            return default;
        }

        var secret = rest[..at];
        rest = rest[(at + 1)..];
        var colon = secret.IndexOf(':');
        return colon >= 0
            ? (Uri.UnescapeDataString(secret[..colon]), Uri.UnescapeDataString(secret[(colon + 1)..]), null)
            : (null, null, Uri.UnescapeDataString(secret));
    }

    private static string TakePath(ref string rest)
    {
        var slash = rest.IndexOf('/');
        if (slash < 0)
        {
            return "";
        }

        var path = rest[slash..].TrimEnd('/');
        rest = rest[..slash];
        return path;
    }

    private static string? TakePort(ref string rest, ref int port)
    {
        var at = rest.LastIndexOf(':');
        if (at < 0 || rest.LastIndexOf(']') > at)
        {
            return null;
        }

        if (!int.TryParse(rest.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
        {
            return "the port is not a number from 1 to 65535";
        }

        rest = rest[..at];
        return null;
    }
}
