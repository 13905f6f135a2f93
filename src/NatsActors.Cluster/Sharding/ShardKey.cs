namespace NatsActors.Cluster.Sharding;

/// <summary>
/// The rules for keys and for names of types. Both become part of a publisher's name, which is part of actors' names, and of its
/// persistence id, for which SQL journals have 255 characters.
/// </summary>
internal static class ShardKey
{
    public const int MostCharacters = 128;

    /// <summary>The longest name of a type.</summary>
    public const int MostTypeCharacters = 64;

    /// <summary>The fault of a key, in words that follow the key; null for none.</summary>
    public static string? FaultOf(string? key) => FaultOf(key, MostCharacters);

    /// <summary>The fault of a type's name, in words that follow the name; null for none.</summary>
    public static string? FaultOfType(string? typeName) => FaultOf(typeName, MostTypeCharacters);

    /// <summary>The key.</summary>
    /// <exception cref="ArgumentNullException">The key is null.</exception>
    /// <exception cref="ArgumentException">The key breaks a rule.</exception>
    public static string Checked(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return FaultOf(key) is { } fault ? throw new ArgumentException($"The key {Shown(key)} {fault}", nameof(key)) : key;
    }

    /// <summary>A name in quotes, cut to a length that a log takes.</summary>
    public static string Shown(string name) => name.Length <= MostCharacters ? $"'{name}'" : $"'{name[..MostCharacters]}...'";

    private static string? FaultOf(string? name, int most)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "must not be empty";
        }

        return name.Length > most ? $"must have at most {most} characters and has {name.Length}"
            : name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? null
            : "must be made of letters, digits, '-', '_' and '.'";
    }
}
