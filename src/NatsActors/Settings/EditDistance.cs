namespace NatsActors.Settings;

/// <summary>Levenshtein's distance: how many letters to insert, delete or replace.</summary>
internal static class EditDistance
{
    // A name that is further away is another name rather than a typing error.
    private const int Near = 2;

    public static int Between(string left, string right)
    {
        var row = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }

    /// <summary>The name that the user probably meant, compared without case, dashes and underscores; null for none.</summary>
    public static string? Nearest(string name, IEnumerable<string> names)
    {
        var given = Plain(name);
        return names
            .Select(known => (Name: known, Plain: Plain(known)))
            .Select(known => (known.Name, Distance: Between(given, known.Plain), Length: Math.Max(given.Length, known.Plain.Length)))
            .Where(known => known.Distance <= Near && known.Distance < known.Length)
            .OrderBy(known => known.Distance)
            .Select(known => known.Name)
            .FirstOrDefault();
    }

    /// <summary>A name without case, dashes and underscores.</summary>
    public static string Plain(string name) =>
        string.Concat(name.Where(c => c is not ('-' or '_')).Select(char.ToLowerInvariant));
}
