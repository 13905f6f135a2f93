using System.Diagnostics.CodeAnalysis;

namespace NatsActors;

/// <summary>
/// One server: host, port, whether TLS is asked for, and the credentials that its URL carried. <see cref="ToString"/> and
/// equality leave the credentials out.
/// </summary>
internal sealed class ServerAddress : IEquatable<ServerAddress>
{
    public const int DefaultPort = 4222;

    private ServerAddress(string host, int port, bool tls, string? user, string? password, string? token)
    {
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
    public string? User { get; }
    public string? Password { get; }
    public string? Token { get; }

    /// <summary>Parses <c>[nats://|tls://][user:password@|token@]host[:port]</c>; the error never repeats the credentials.</summary>
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
                error = $"scheme '{name}' is unknown; allowed are nats and tls";
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
            if (!int.TryParse(rest.AsSpan(portAt + 1), out port) || port is < 1 or > 65535)
            {
                error = $"port '{rest[(portAt + 1)..]}' is not a number from 1 to 65535";
                return false;
            }

            rest = rest[..portAt];
        }

        rest = rest.Trim('[', ']');
        if (Uri.CheckHostName(rest) == UriHostNameType.Unknown)
        {
            error = $"host '{rest}' is not a host name or an address";
            return false;
        }

        address = new ServerAddress(rest, port, tls, user, password, token);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    public static ServerAddress Parse(string text) =>
        TryParse(text, out var address, out var error) ? address : throw new FormatException(error);

    public bool Equals(ServerAddress? other) =>
        other is not null && Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => Equals(obj as ServerAddress);

    public override int GetHashCode() => HashCode.Combine(Port, StringComparer.OrdinalIgnoreCase.GetHashCode(Host));

    public override string ToString() =>
        $"{(Tls ? "tls" : "nats")}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}";
}
