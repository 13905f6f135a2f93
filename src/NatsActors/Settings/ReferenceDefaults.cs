using System.Diagnostics.CodeAnalysis;

namespace NatsActors.Settings;

/// <summary>
/// The defaults, read once from the library's reference.conf, by key below <c>nats-actors.publisher</c>. No other file has defaults. A
/// key that is missing there, or does not parse, is a bug and throws.
/// </summary>
internal static class ReferenceDefaults
{
    public const string Root = "nats-actors.publisher.";

    private delegate bool Reader<T>(string text, out T value, [NotNullWhen(false)] out string? allowed);

    // Lazy, so that a broken file shows as its own error and not as a TypeInitializationException around it.
    private static readonly Lazy<Dictionary<string, string>> Values = new(Load);

    /// <summary>Every key with its text; the elements of a list by index.</summary>
    public static IReadOnlyDictionary<string, string> All => Values.Value;

    public static string Text(string key) =>
        Values.Value.TryGetValue(key, out var text) ? text : throw Missing(key);

    public static bool Flag(string key) => Read<bool>(key, SettingsText.TryFlag);

    public static int Count(string key) => (int)Read<long>(
        key, (string text, out long value, [NotNullWhen(false)] out string? allowed) =>
            SettingsText.TryCount(text, int.MaxValue, out value, out allowed));

    public static long Size(string key) => Read<long>(key, SettingsText.TrySize);

    public static double Fraction(string key) => Read<double>(key, SettingsText.TryFraction);

    public static TimeSpan Duration(string key) => Read<TimeSpan>(key, SettingsText.TryDuration);

    public static TimeSpan? OptionalDuration(string key) => Read<TimeSpan?>(key, SettingsText.TryOptionalDuration);

    public static T Choice<T>(string key)
        where T : struct, Enum => Read<T>(key, SettingsText.TryChoice);

    public static IReadOnlyList<string> List(string key)
    {
        if (Values.Value.TryGetValue(key, out var empty) && empty.Length == 0)
        {
            return [];
        }

        var elements = new List<string>();
        while (Values.Value.TryGetValue($"{key}.{elements.Count}", out var element))
        {
            elements.Add(element);
        }

        return elements.Count > 0 ? elements.AsReadOnly() : throw Missing(key);
    }

    private static T Read<T>(string key, Reader<T> reader) =>
        reader(Text(key), out var value, out var allowed)
            ? value
            : throw new InvalidOperationException($"reference.conf: {Root}{key} {allowed}.");

    private static InvalidOperationException Missing(string key) => new($"reference.conf has no key {Root}{key}.");

    private static Dictionary<string, string> Load() =>
        HoconReader.Flatten(HoconReader.Reference)
            .Where(entry => entry.Key.StartsWith(Root, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[Root.Length..], entry => entry.Value);
}
