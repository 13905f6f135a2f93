using System.Text.Json;

namespace NatsActors.Wire;

/// <summary>
/// Ends the opening of a link with a kind and a text; it never leaves the wire link. The text may quote the server and must
/// pass <see cref="Secrets.Remove"/> before it is reported.
/// </summary>
internal sealed class LinkFailure(LinkLossKind kind, string detail) : Exception(detail)
{
    public LinkLossKind Kind { get; } = kind;

    /// <summary>True when the whole text is the server's; otherwise the server's part begins at the first quotation mark.</summary>
    public bool IsServersText { get; init; }

    /// <summary>The failure that an <c>-ERR</c> stands for.</summary>
    public static LinkFailure Of(ReadOnlySpan<byte> error) => new(
        ServerErrors.Classify(error, out _) == ServerErrorKind.Authorization ? LinkLossKind.Authorization : LinkLossKind.ServerError,
        ServerErrors.Detail(error)) { IsServersText = true };
}

/// <summary>
/// What a link must never say. A server (or a proxy in between) can send our own CONNECT back, so that even a quoted error
/// may hold the credentials.
/// </summary>
internal sealed class Secrets
{
    private const int ShortestAlone = 4;
    private const int Head = 8;

    private readonly string[] _values;

    /// <param name="request">Has the credentials of the settings and of the URL.</param>
    /// <param name="others">Those that came another way.</param>
    public Secrets(LinkRequest request, params IEnumerable<string?> others)
    {
        (_, var password, var token) = Login(request);
        _values = [.. new[] { password, token, request.Server.Password, request.Server.Token }
            .Concat(others)
            .Where(value => !string.IsNullOrEmpty(value))
            .SelectMany(value => new[] { value!, JsonEncodedText.Encode(value!).ToString() })
            .Select(Needle)
            .Distinct()];
    }

    /// <summary>The credentials to log in with: those of the settings, or else those of the server's URL.</summary>
    public static (string? User, string? Password, string? Token) Login(LinkRequest request)
    {
        var own = request.Settings.Credentials;
        return own.User is not null || own.Token is not null
            ? (own.User, own.Password, own.Token)
            : (request.Server.User, request.Server.Password, request.Server.Token);
    }

    /// <summary>The failure's text; what it has from the server is left out when a credential is in it.</summary>
    public string Remove(LinkFailure failure)
    {
        var detail = failure.Message;
        var quote = failure.IsServersText ? 0 : detail.IndexOf('"');
        return quote >= 0 && _values.Any(value => detail.AsSpan(quote).Contains(value, StringComparison.Ordinal))
            ? detail[..quote] + "(hidden: the server's text repeats a credential)"
            : detail;
    }

    /// <summary>
    /// What to look for: the head, since a quotation may cut the rest off. A password of a letter or two would be found in any
    /// text, so it counts only as CONNECT would show it.
    /// </summary>
    private static string Needle(string value) =>
        value.Length < ShortestAlone ? $"\"{value}\"" : value.Length > Head ? value[..Head] : value;
}
