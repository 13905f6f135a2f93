using System.Buffers;

namespace NatsActors.Protocol;

/// <summary>
/// The rules for headers of a message. A line end in a name or a value would make the text behind it another header, or the
/// payload (https://docs.nats.io/reference/reference-protocols/nats-protocol#hpub).
/// </summary>
internal static class HeaderRules
{
    /// <summary>
    /// Prefix of the headers of atomic batches (server 2.12). A stream holds such a message back until the batch is committed and
    /// answers with zero bytes instead of a PubAck, so no outcome of the single message would be true.
    /// </summary>
    private const string BatchPrefix = "Nats-Batch-";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c != ':')));

    private static readonly SearchValues<char> PlainValue = SearchValues.Create(
        string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Append('\t')));

    /// <summary>Why the header cannot be sent; null when it can. The text leaves the value out, which may be a secret.</summary>
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

        if (name.StartsWith(BatchPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return $"the header '{name}' is reserved: {BatchPrefix} makes a stream take the message as part of a batch";
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
