namespace NatsActors.Benchmarks.Journal;

/// <summary>
/// A database and its settings, as the command line names it: <c>sqlite</c> or <c>postgres</c>, and behind a colon
/// <c>key=value</c>, divided by commas. Keys of the plugin's configuration go there (<c>batch-size=10</c>); others are settings of the
/// database: pragmas of SQLite, or the session's parameters of PostgreSQL (<c>synchronous_commit=off</c>).
/// </summary>
/// <param name="Name">As in the command line and the table.</param>
/// <param name="IsSqlite">The file, and not the server.</param>
/// <param name="Plugin">Keys of the plugin's configuration.</param>
/// <param name="Database">Settings of the database.</param>
internal sealed record JournalEngine(
    string Name, bool IsSqlite, IReadOnlyList<KeyValuePair<string, string>> Plugin, IReadOnlyList<KeyValuePair<string, string>> Database)
{
    private static readonly string[] PlainPluginKeys = ["parallelism"];
    private static readonly string[] PlainPragmas = ["synchronous"];

    /// <summary>Reads a name; null when it is none.</summary>
    public static JournalEngine? Parse(string name)
    {
        var parts = name.Split(':', 2);
        var settings = (parts.Length == 1 ? "" : parts[1]).Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToArray();
        if (parts[0] is not ("sqlite" or "postgres") || settings.Any(pair => pair.Length != 2 || !IsKey(pair[0])))
        {
            return null;
        }

        var pairs = settings.ToLookup(pair => IsOfPlugin(pair[0]), pair => KeyValuePair.Create(pair[0], pair[1]));
        return new JournalEngine(name, parts[0] == "sqlite", [.. pairs[true]], [.. pairs[false]]);
    }

    private static bool IsKey(string key) => IsOfPlugin(key) || key.Contains('_', StringComparison.Ordinal) || PlainPragmas.Contains(key);

    private static bool IsOfPlugin(string key) => key.Contains('-', StringComparison.Ordinal) || PlainPluginKeys.Contains(key);
}
