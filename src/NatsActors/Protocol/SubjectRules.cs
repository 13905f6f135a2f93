using System.Buffers;
using System.Text;

namespace NatsActors.Protocol;

/// <summary>
/// The rules for the subject of a publish and of a filter. The server checks less (without <c>pedantic</c>), and white space
/// in a subject would change the meaning of the control line (https://docs.nats.io/nats-concepts/subjects).
/// </summary>
internal static class SubjectRules
{
    /// <summary>The server's default <c>max_control_line</c>; a longer line makes it close the connection.</summary>
    public const int MaxControlLine = 4096;

    /// <summary>Printable ASCII without the wildcards. In a subject of these characters only the dots need a check.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c is not ('*' or '>'))));

    /// <summary>Why <paramref name="subject"/> is not a subject for a publish; null when it is.</summary>
    public static string? Check(string subject)
    {
        if (!string.IsNullOrEmpty(subject) && subject[0] != '.' && subject[^1] != '.'
            && !subject.AsSpan().ContainsAnyExcept(Plain) && !subject.AsSpan().Contains("..", StringComparison.Ordinal))
        {
            return null;
        }

        return CheckSlowly(subject, wildcards: false);
    }

    /// <summary>Why <paramref name="filter"/>, which may have wildcards, is not a subject filter; null when it is.</summary>
    public static string? CheckFilter(string filter) => CheckSlowly(filter, wildcards: true);

    /// <summary>Whether a valid <paramref name="filter"/> covers the subject: <c>*</c> is one token, <c>&gt;</c> one or more at the end.</summary>
    public static bool Matches(string filter, ReadOnlySpan<byte> subjectUtf8)
    {
        var rest = filter.AsSpan();
        while (true)
        {
            var filterDot = rest.IndexOf('.');
            var token = filterDot < 0 ? rest : rest[..filterDot];
            if (token is ">")
            {
                return !subjectUtf8.IsEmpty;
            }

            var subjectDot = subjectUtf8.IndexOf((byte)'.');
            var subjectToken = subjectDot < 0 ? subjectUtf8 : subjectUtf8[..subjectDot];
            if (token is "*" ? subjectToken.IsEmpty : !SameText(token, subjectToken))
            {
                return false;
            }

            if (filterDot < 0 || subjectDot < 0)
            {
                return filterDot < 0 && subjectDot < 0;
            }

            rest = rest[(filterDot + 1)..];
            subjectUtf8 = subjectUtf8[(subjectDot + 1)..];
        }
    }

    private static string? CheckSlowly(string? subject, bool wildcards)
    {
        if (string.IsNullOrEmpty(subject))
        {
            return "is empty";
        }

        for (var i = 0; i < subject.Length; i++)
        {
            var c = subject[i];
            if (char.IsWhiteSpace(c))
            {
                return $"has white space at position {i}";
            }

            if (char.IsControl(c))
            {
                return $"has a control character at position {i}";
            }

            if (!char.IsSurrogate(c))
            {
                continue;
            }

            if (!char.IsHighSurrogate(c) || i + 1 == subject.Length || !char.IsLowSurrogate(subject[i + 1]))
            {
                return $"is not valid Unicode: a lone surrogate at position {i}";
            }

            i++;
        }

        return CheckTokens(subject, wildcards);
    }

    private static string? CheckTokens(string subject, bool wildcards)
    {
        foreach (var range in subject.AsSpan().Split('.'))
        {
            var token = subject.AsSpan()[range];
            if (token.IsEmpty)
            {
                return $"has an empty token at position {range.Start.Value}";
            }

            if (token is not ("*" or ">"))
            {
                continue;
            }

            if (!wildcards)
            {
                return $"has the wildcard '{token}' at position {range.Start.Value}; a publish needs a literal subject";
            }

            if (token is ">" && range.End.Value != subject.Length)
            {
                return $"has the wildcard '>' at position {range.Start.Value}; it may only be the last token";
            }
        }

        return null;
    }

    private static bool SameText(ReadOnlySpan<char> text, ReadOnlySpan<byte> utf8)
    {
        if (Ascii.IsValid(text))
        {
            return Ascii.Equals(utf8, text);
        }

        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.DecodeFromUtf8(utf8, out var other, out var consumed) != OperationStatus.Done || other != rune)
            {
                return false;
            }

            utf8 = utf8[consumed..];
        }

        return utf8.IsEmpty;
    }
}
