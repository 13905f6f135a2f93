using System.Text.Json;
using NatsActors.Protocol;

namespace NatsActors.Links;

/// <summary>
/// Ends a link, or its opening, with a kind and a text. The exception never leaves the link. Its text may quote foreign text, so
/// <see cref="Secrets.Remove"/> must check the text before it is reported.
/// </summary>
internal sealed class LinkFailure(LinkLossKind kind, string detail) : Exception(detail)
{
    private const int LongestForeign = 300;

    public LinkLossKind Kind { get; } = kind;

    /// <summary>
    /// The index at which foreign text begins: text of the server, of the client, or of the user's code. The default is the first
    /// quotation mark.
    /// </summary>
    public int? ForeignFrom { get; init; }

    /// <summary>The failure for an <c>-ERR</c>.</summary>
    public static LinkFailure Of(ReadOnlySpan<byte> error) => new(
        ServerErrors.Classify(error, out _) == ServerErrorKind.Authorization ? LinkLossKind.Authorization : LinkLossKind.ServerError,
        ServerErrors.Detail(error)) { ForeignFrom = 0 };

    /// <summary>The failure for an exception of the user's code or of the client.</summary>
    public static LinkFailure OfOthers(LinkLossKind kind, string what, Exception error) =>
        Quoting(kind, $"{what}: ", $"{error.GetType().Name}: {Words(error)}");

    /// <summary>The failure with a text of the link's own and foreign text behind it, which may repeat credentials.</summary>
    public static LinkFailure Quoting(LinkLossKind kind, string own, string foreign) =>
        new(kind, own + ServerErrors.Printable(foreign, LongestForeign)) { ForeignFrom = own.Length };

    /// <summary>The text of an exception, and the text of its inner exception unless the first text contains it.</summary>
    public static string Words(Exception error) =>
        error.InnerException is { } inner && !error.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{error.Message} {inner.Message}"
            : error.Message;
}

/// <summary>
/// The credentials of a link, which no report may show. A server, or a proxy before it, can send the CONNECT back, so even a quoted
/// error may contain credentials.
/// </summary>
internal sealed class Secrets
{
    private const int ShortestAlone = 4;
    private const int Head = 8;

    private volatile string[] _needles = [];

    /// <param name="request">The request, with the credentials of the settings and of the URL.</param>
    public Secrets(LinkRequest request)
    {
        (_, var password, var token) = Login(request);
        Add([password, token, request.Server.Password, request.Server.Token]);
    }

    /// <summary>The credentials for the login: those of the settings, or, without any, those of the server's URL.</summary>
    public static (string? User, string? Password, string? Token) Login(LinkRequest request)
    {
        var own = request.Settings.Credentials;
        return own.User is not null || own.Token is not null
            ? (own.User, own.Password, own.Token)
            : (request.Server.User, request.Server.Password, request.Server.Token);
    }

    /// <summary>Adds further credentials. Not thread-safe; the opening of a link is one sequence of steps.</summary>
    public void Add(IEnumerable<string?> values) =>
        _needles = [.. _needles.Concat(values
            .Where(value => !string.IsNullOrEmpty(value))
            .SelectMany(value => new[] { value!, JsonEncodedText.Encode(value!).ToString() })
            .Select(Needle)).Distinct()];

    /// <summary>Adds the credentials of a CONNECT. Only the CONNECT has the credentials of a user's callback.</summary>
    public void AddFrom(ReadOnlySpan<byte> connect)
    {
        var json = new Utf8JsonReader(connect);
        var found = new List<string?>();
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName
                && (json.ValueTextEquals("pass"u8) || json.ValueTextEquals("auth_token"u8) || json.ValueTextEquals("jwt"u8)
                    || json.ValueTextEquals("sig"u8))
                && json.Read() && json.TokenType == JsonTokenType.String)
            {
                found.Add(json.GetString());
            }
        }

        Add(found);
    }

    /// <summary>The text of the failure. Foreign text that contains a credential is left out.</summary>
    public string Remove(LinkFailure failure)
    {
        var detail = failure.Message;
        var from = failure.ForeignFrom ?? detail.IndexOf('"');
        return from >= 0 && _needles.Any(needle => detail.AsSpan(from).Contains(needle, StringComparison.Ordinal))
            ? $"{detail[..from].TrimEnd()} (hidden: the server's text repeats a credential)".TrimStart()
            : detail;
    }

    /// <summary>
    /// The text to search for: the first characters of a credential, because a quotation may cut the rest off. A very short password
    /// occurs in any text, so the search is for its form in a CONNECT, with quotation marks.
    /// </summary>
    private static string Needle(string value) =>
        value.Length < ShortestAlone ? $"\"{value}\"" : value.Length > Head ? value[..Head] : value;
}
