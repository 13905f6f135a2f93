namespace NatsActors.Wire;

/// <summary>
/// Ends the opening of a link with a kind and a text; it never leaves the wire link. The text may quote the server and must
/// pass <see cref="Secrets.Remove"/> before it is reported.
/// </summary>
internal sealed class LinkFailure(LinkLossKind kind, string detail) : Exception(detail)
{
    public LinkLossKind Kind { get; } = kind;
}

/// <summary>
/// What a link must never say. A server (or a proxy in between) can send our own CONNECT back, so that even a quoted error
/// may hold the credentials.
/// </summary>
internal sealed class Secrets
{
    private readonly string[] _values;

    /// <param name="request">Has the credentials of the settings and of the URL.</param>
    /// <param name="others">Those that came another way.</param>
    public Secrets(LinkRequest request, params IEnumerable<string?> others)
    {
        (_, var password, var token) = Login(request);
        _values = [.. new[] { password, token, request.Server.Password, request.Server.Token }.Concat(others)
            .Where(value => !string.IsNullOrEmpty(value)).Select(value => value!).Distinct()];
    }

    /// <summary>The credentials to log in with: those of the settings, or else those of the server's URL.</summary>
    public static (string? User, string? Password, string? Token) Login(LinkRequest request)
    {
        var own = request.Settings.Credentials;
        return own.User is not null || own.Token is not null
            ? (own.User, own.Password, own.Token)
            : (request.Server.User, request.Server.Password, request.Server.Token);
    }

    /// <summary>The text; or, when it holds a secret (or the head of one that was cut off), what is left without its quotation.</summary>
    public string Remove(string detail)
    {
        foreach (var value in _values)
        {
            if (detail.Contains(value, StringComparison.Ordinal)
                || (value.Length > 8 && detail.Contains(value[..8], StringComparison.Ordinal)))
            {
                var quote = detail.IndexOf('"');
                return quote > 0 ? detail[..quote] + "(hidden)" : "(hidden: the text repeats a credential)";
            }
        }

        return detail;
    }
}
