using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace NatsActors.Serialization;

/// <summary>
/// Writes strings without loss. UTF-8 has no form for a lone surrogate and writes U+FFFD in its place, so a subject that the door
/// rejects would arrive as another, valid subject. Such a string is written as <c>\0u16:</c> and the Base64 of its UTF-16.
/// </summary>
internal static class TextWire
{
    private const string Escape = "\0u16:";

    [return: NotNullIfNotNull(nameof(text))]
    public static string? Write(string? text) => text is not null && NeedsEscape(text) ? Escape + Encode(text) : text;

    public static string Read(string text) =>
        text.StartsWith(Escape, StringComparison.Ordinal) && TryDecode(text[Escape.Length..], out var decoded) ? decoded : text;

    private static bool NeedsEscape(string text) => text.StartsWith('\0') || HasLoneSurrogate(text);

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOfAnyInRange('\ud800', '\udfff'); at >= 0; at = text.IndexOfAnyInRange('\ud800', '\udfff'))
        {
            text = text[at..];
            if (text.Length < 2 || !char.IsSurrogatePair(text[0], text[1]))
            {
                return true;
            }

            text = text[2..];
        }

        return false;
    }

    private static string Encode(string text)
    {
        var bytes = new byte[text.Length * 2];
        for (var i = 0; i < text.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 2), text[i]);
        }

        return Convert.ToBase64String(bytes);
    }

    private static bool TryDecode(string base64, [NotNullWhen(true)] out string? text)
    {
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || length % 2 != 0)
        {
            text = null;
            return false;
        }

        var decoded = new StringBuilder(length / 2);
        for (var i = 0; i < length; i += 2)
        {
            decoded.Append((char)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(i)));
        }

        text = decoded.ToString();
        return true;
    }
}
