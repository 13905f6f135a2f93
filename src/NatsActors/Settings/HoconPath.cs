using System.Text;

namespace NatsActors.Settings;

/// <summary>
/// Reads and writes HOCON paths: keys separated by dots. A key with a character that has a meaning in HOCON is quoted, so
/// <c>publishers."eu.orders".buffer</c> has three steps.
/// </summary>
internal static class HoconPath
{
    /// <summary>The path of <paramref name="key"/> below <paramref name="path"/>, which may be empty.</summary>
    public static string Below(string path, string key) => path.Length == 0 ? Quote(key) : $"{path}.{Quote(key)}";

    /// <summary>The key as a step of a path.</summary>
    public static string Quote(string key) =>
        key.Length > 0 && key.All(c => char.IsLetterOrDigit(c) || c is '-' or '_')
            ? key
            : $"\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>The key that a step of a path stands for.</summary>
    public static string Unquote(string step) =>
        step is ['"', .., '"'] and { Length: > 1 }
            ? step[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal)
            : step;

    /// <summary>The steps of a path, with their quotes.</summary>
    public static string[] Split(string path)
    {
        var steps = new List<string>();
        var step = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < path.Length; i++)
        {
            var c = path[i];
            if (c == '.' && !quoted)
            {
                steps.Add(step.ToString());
                step.Clear();
                continue;
            }

            quoted ^= c == '"';
            step.Append(c);
            if (c == '\\' && quoted && i + 1 < path.Length)
            {
                i++;
                step.Append(path[i]);
            }
        }

        return [.. steps, step.ToString()];
    }
}
