using System.Buffers;

namespace NatsActors.Wire;

/// <summary>
/// Which headers a message may bear. A line end in a name or a value would let its text pose as another header, or as the
/// payload (https://docs.nats.io/reference/reference-protocols/nats-protocol#hpub).
/// </summary>
internal static class HeaderRules
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c != ':')));

    private static readonly SearchValues<char> PlainValue = SearchValues.Create(
        string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Append('\t')));

    /// <summary>The reason why the header cannot be sent, without its value, which may be a secret; null when it can.</summary>
    public static string? Check(string name, string value)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "a header's name is empty";
        }

        var bad = name.AsSpan().IndexOfAnyExcept(NameCharacters);
        if (bad >= 0)
        {
            return $"a header's name has a character at position {bad} that is not printable ASCII, or is a space or a colon";
        }

        if (value is null)
        {
            return $"the header '{name}' has no value";
        }

        return value.AsSpan().ContainsAnyExcept(PlainValue) ? CheckValueSlowly(name, value) : null;
    }

    private static string? CheckValueSlowly(string name, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsControl(c) && c != '\t')
            {
                return $"the value of the header '{name}' has a line end or another control character at position {i}";
            }

            if (!char.IsSurrogate(c))
            {
                continue;
            }

            if (!char.IsHighSurrogate(c) || i + 1 == value.Length || !char.IsLowSurrogate(value[i + 1]))
            {
                return $"the value of the header '{name}' is not valid Unicode: a lone surrogate at position {i}";
            }

            i++;
        }

        return null;
    }
}
