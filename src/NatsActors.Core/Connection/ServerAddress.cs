using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NatsActors;

/// <summary>
/// One server: host, port, whether TLS is asked for, and the credentials that its URL carried. <see cref="ToString"/> and
/// equality leave the credentials out.
/// </summary>
internal sealed class ServerAddress : IEquatable<ServerAddress>
{
    public const int DefaultPort = 4222;

    private ServerAddress(
        string host, int port, bool tls, string? user, string? password, string? token, string? tlsHost = null)
    {
        TlsHost = tlsHost ?? host;
        Host = host;
        Port = port;
        Tls = tls;
        User = user;
        Password = password;
        Token = token;
    }

    public string Host { get; }
    public int Port { get; }
    public bool Tls { get; }

    /// <summary>
    /// The name that the server's certificate must bear when no setting says otherwise: the host, or for a discovered server
    /// that goes by its IP address, the host of the seed that announced it.
    /// </summary>
    public string TlsHost { get; }

    public string? User { get; }
    public string? Password { get; }
    public string? Token { get; }

    /// <summary>
    /// Parses <c>[nats://|tls://][user:password@|token@]host[:port]</c>. The error repeats nothing of the text: in a URL that
    /// lacks its <c>@</c>, the password stands where host and port are expected.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ServerAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        error = null;
        var rest = (text ?? "").Trim();
        var tls = false;
        var scheme = rest.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            var name = rest[..scheme].ToLowerInvariant();
            if (name is not ("nats" or "tls"))
            {
                error = "the scheme is unknown";
                return false;
            }

            tls = name == "tls";
            rest = rest[(scheme + 3)..];
        }

        string? user = null, password = null, token = null;
        var at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            var secret = rest[..at];
            rest = rest[(at + 1)..];
            var colon = secret.IndexOf(':');
            if (colon >= 0)
            {
                user = Uri.UnescapeDataString(secret[..colon]);
                password = Uri.UnescapeDataString(secret[(colon + 1)..]);
            }
            else
            {
                token = Uri.UnescapeDataString(secret);
            }
        }

        rest = rest.TrimEnd('/');
        var port = DefaultPort;
        var portAt = rest.LastIndexOf(':');
        if (portAt >= 0 && rest.LastIndexOf(']') < portAt)
        {
            if (!int.TryParse(rest.AsSpan(portAt + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
            {
                error = "the port is not a number from 1 to 65535";
                return false;
            }

            rest = rest[..portAt];
        }

        rest = rest.Trim('[', ']');
        if (Uri.CheckHostName(rest) == UriHostNameType.Unknown)
        {
            error = "the host is not a host name or an address";
            return false;
        }

        address = new ServerAddress(rest, port, tls, user, password, token);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    public static ServerAddress Parse(string text) =>
        TryParse(text, out var address, out var error) ? address : throw new FormatException(error);

    /// <summary>
    /// This server with the seed's TLS and credentials: a cluster announces bare addresses (<c>connect_urls</c>), and asks at
    /// each of them for what the seed asked for.
    /// </summary>
    public ServerAddress Inherit(ServerAddress seed)
    {
        var own = User is not null || Token is not null;
        var isAddress = Uri.CheckHostName(Host) is UriHostNameType.IPv4 or UriHostNameType.IPv6;
        return new ServerAddress(
            Host, Port, Tls || seed.Tls, own ? User : seed.User, own ? Password : seed.Password, own ? Token : seed.Token,
            isAddress ? seed.TlsHost : Host);
    }

    public bool Equals(ServerAddress? other) =>
        other is not null && Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => Equals(obj as ServerAddress);

    public override int GetHashCode() => HashCode.Combine(Port, StringComparer.OrdinalIgnoreCase.GetHashCode(Host));

    public override string ToString() =>
        $"{(Tls ? "tls" : "nats")}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}";
}
