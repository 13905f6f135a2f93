using System.Collections;
using System.Globalization;
using System.Text;

namespace NatsActors.Tests.Contract;

/// <summary>All state of a message as a text, to compare what records compare by reference: lists, dictionaries, payloads.</summary>
internal static class DeepText
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                text.Append('"').AppendJoin(' ', s.Select(c => ((int)c).ToString("x", CultureInfo.InvariantCulture))).Append("\" ").Append(s);
                break;
            case TimeSpan span:
                text.Append(span.Ticks).Append(" ticks");
                break;
            case ReadOnlyMemory<byte> bytes:
                text.Append(Convert.ToHexString(bytes.Span)).Append(" bytes");
                break;
            case IFormattable plain:
                text.Append(plain.ToString(null, CultureInfo.InvariantCulture));
                break;
            case bool flag:
                text.Append(flag);
                break;
            case IEnumerable list:
                var items = list.Cast<object?>().ToList();
                text.Append(items.Count).Append(" items");
                items.ForEach(item => Append(NewLine(text, depth), item, depth + 1));
                break;
            default:
                text.Append(value.GetType().Name);
                foreach (var property in value.GetType().GetProperties().Where(p => p.GetMethod is { IsStatic: false }))
                {
                    Append(NewLine(text, depth).Append(property.Name).Append(" = "), property.GetValue(value), depth + 1);
                }

                break;
        }
    }

    private static StringBuilder NewLine(StringBuilder text, int depth) => text.Append('\n').Append(' ', depth * 2);
}
