using System.Globalization;
using System.Text;

namespace NatsActors.Protocol;

/// <summary>The meaning of an <c>-ERR</c> for the link.</summary>
internal enum ServerErrorKind
{
    /// <summary>A publish was refused; the link goes on.</summary>
    PublishDenied,

    /// <summary>The link goes on, and the error concerns no frame.</summary>
    Harmless,

    /// <summary>The credentials are refused or no longer valid.</summary>
    Authorization,

    /// <summary>The server closes the link, or the link is of no use. A login that was too slow is of this kind: no credentials were refused.</summary>
    Fatal,
}

/// <summary>
/// Classifies the texts of <c>-ERR</c>. The protocol has no codes for them
/// (https://docs.nats.io/reference/reference-protocols/nats-protocol#okerr).
/// </summary>
internal static class ServerErrors
{
    private const string PublishTo = "Permissions Violation for Publish to ";
    private const string ReplyOf = "Permissions Violation for Publish with Reply of ";
    private const int LongestDetail = 256;

    /// <summary>
    /// Classifies <paramref name="text"/>. <paramref name="subject"/> is the subject, or the reply-to, whose publish was refused.
    /// </summary>
    public static ServerErrorKind Classify(ReadOnlySpan<byte> text, out string? subject)
    {
        subject = null;
        var words = Encoding.UTF8.GetString(text);
        foreach (var start in (ReadOnlySpan<string>)[PublishTo, ReplyOf])
        {
            if (words.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            {
                subject = Unquote(words.AsSpan(start.Length));
                return ServerErrorKind.PublishDenied;
            }
        }

        // The denial of a subscription quotes a subject, which may contain any word.
        if (words.StartsWith("Permissions", StringComparison.OrdinalIgnoreCase))
        {
            return ServerErrorKind.Fatal;
        }

        if (words.Contains("Authorization", StringComparison.OrdinalIgnoreCase)
            || (words.Contains("Authentication", StringComparison.OrdinalIgnoreCase)
                && !words.EndsWith("Timeout", StringComparison.OrdinalIgnoreCase)))
        {
            return ServerErrorKind.Authorization;
        }

        // 'Invalid Subject' and 'Invalid Publish Subject' leave the connection open (and need pedantic mode).
        return words.StartsWith("Invalid", StringComparison.OrdinalIgnoreCase)
            && words.EndsWith("Subject", StringComparison.OrdinalIgnoreCase)
                ? ServerErrorKind.Harmless
                : ServerErrorKind.Fatal;
    }

    /// <summary>The text in a form that is safe in a log line.</summary>
    public static string Detail(ReadOnlySpan<byte> text) =>
        Printable(Encoding.UTF8.GetString(text[..Math.Min(text.Length, LongestDetail)]), LongestDetail);

    /// <summary>At most <paramref name="longest"/> characters of a server's text, without line ends and terminal commands.</summary>
    public static string Printable(string text, int longest)
    {
        if (text.Length <= longest && !text.Any(char.IsControl))
        {
            return text;
        }

        var clean = new StringBuilder(longest);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, longest)))
        {
            clean.Append(char.IsControl(c) ? '.' : c);
        }

        return clean.ToString();
    }

    /// <summary>Undoes Go's <c>%q</c>, with which the server writes a subject.</summary>
    private static string Unquote(ReadOnlySpan<char> quoted)
    {
        quoted = quoted.Trim();
        if (quoted.Length < 2 || quoted[0] != '"' || quoted[^1] != '"')
        {
            return quoted.ToString();
        }

        quoted = quoted[1..^1];
        if (!quoted.Contains('\\'))
        {
            return quoted.ToString();
        }

        var bytes = new List<byte>(quoted.Length);
        while (!quoted.IsEmpty)
        {
            quoted = quoted[Next(quoted, bytes)..];
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static int Next(ReadOnlySpan<char> text, List<byte> bytes)
    {
        if (text[0] != '\\' || text.Length == 1)
        {
            Rune.DecodeFromUtf16(text, out var rune, out var consumed);
            Add(rune, bytes);
            return consumed;
        }

        var digits = text[1] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && text.Length >= 2 + digits
            && int.TryParse(text.Slice(2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            if (digits == 2)
            {
                bytes.Add((byte)code);
            }
            else
            {
                Add(Rune.IsValid(code) ? new Rune(code) : Rune.ReplacementChar, bytes);
            }

            return 2 + digits;
        }

        Add(new Rune(char.IsSurrogate(text[1]) ? '?' : text[1]), bytes);
        return 2;
    }

    private static void Add(Rune rune, List<byte> bytes)
    {
        Span<byte> utf8 = stackalloc byte[4];
        bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
    }
}
