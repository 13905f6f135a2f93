namespace NatsActors.Settings;

/// <summary>
/// The reading of one publisher's settings: the given values by key and spelling, and the violations so far. Owns the order of
/// the report: unknown keys first, then values in the order of reference.conf, then rules between keys.
/// </summary>
internal sealed class SettingsReading(string name, SettingsSource source, PublisherSettings? from)
{
    private readonly List<string> _violations = [];
    private readonly Dictionary<string, SortedDictionary<int, (string Path, string Text)>> _given = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Path, string Text)> _secrets = new(StringComparer.Ordinal);

    // The index of a value that is not an element of a list.
    private const int Whole = -1;

    private const StringSplitOptions Elements = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    public void Add(SettingKey key, string path, string text, int? index)
    {
        if (!_given.TryGetValue(key.Path, out var given))
        {
            _given[key.Path] = given = [];
        }

        if (!given.TryAdd(index ?? Whole, (path, text)))
        {
            _violations.Add($"{source.FullPath(path)}: is given twice, also as {source.FullPath(given[index ?? Whole].Path)}");
        }
    }

    public void AddSecret(string key, string path, string text)
    {
        if (!source.AllowsSecrets)
        {
            _violations.Add($"{source.FullPath(path)}: is a secret and is not read from here; give it in code, or in a Setup");
        }
        else if (!_secrets.TryAdd(key, (path, text)))
        {
            _violations.Add($"{source.FullPath(path)}: is given twice, also as {source.FullPath(_secrets[key].Path)}");
        }
    }

    // The error does not show the value, because a misspelt password is an unknown key too.
    public void AddUnknown(string path, string? nearest) =>
        _violations.Add($"{source.FullPath(path)}: is not a key" + (nearest is null ? "" : $"; did you mean {nearest}?"));

    public PublisherSettings Finish(List<string> violations)
    {
        var settings = (from ?? new PublisherSettings()) with { Name = name };
        var unread = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in SettingsKeys.All.Where(key => _given.ContainsKey(key.Path)))
        {
            if (Apply(key, ref settings) is { } violation)
            {
                _violations.Add(violation);
                unread.Add(key.Path);
            }
        }

        settings = ApplySecrets(settings);
        // A violation of an inherited value was reported for the section that has the value.
        HashSet<SettingViolation> inherited = from is null ? [] : [.. SettingsValidation.Violations(from, _ => false)];
        _violations.AddRange(SettingsValidation.Violations(settings, unread.Contains)
            .Where(violation => _given.ContainsKey(violation.Path) || !inherited.Contains(violation))
            .Select(Format));
        violations.AddRange(_violations);
        return settings;
    }

    private string? Apply(SettingKey key, ref PublisherSettings settings)
    {
        var given = _given[key.Path];
        if (given.TryGetValue(Whole, out var whole))
        {
            if (given.Count > 1)
            {
                return $"{source.FullPath(whole.Path)}: is given both as one text and element by element";
            }

            string[] texts = key.IsList ? whole.Text.Split(',', Elements) : [whole.Text];
            return key.TryApply(texts, ref settings, out var allowed)
                ? null
                : new SettingViolation(key.Path, whole.Text, allowed).Format(source.FullPath(whole.Path));
        }

        // Lists hold URLs, which may have credentials, so an error never shows an element.
        return key.TryApply([.. given.Values.Select(element => element.Text)], ref settings, out var refused)
            ? null
            : new SettingViolation(key.Path, null, refused).Format(FullPath(key.Path));
    }

    private PublisherSettings ApplySecrets(PublisherSettings settings)
    {
        if (_secrets.Count == 0)
        {
            return settings;
        }

        var user = Secret("connection.user");
        var password = Secret("connection.password");
        var token = Secret("connection.token");
        if (token is not null && (user is not null || password is not null))
        {
            _violations.Add($"{FullPath("connection.token")}: excludes connection.user and connection.password");
            return settings;
        }

        if (token is null && (string.IsNullOrEmpty(user) || password is null))
        {
            _violations.Add(string.IsNullOrEmpty(user)
                ? $"{FullPath("connection.password")}: needs connection.user, which must not be empty"
                : $"{FullPath("connection.user")}: needs connection.password");
            return settings;
        }

        if (token is "")
        {
            _violations.Add($"{FullPath("connection.token")}: must not be empty");
            return settings;
        }

        var credentials = token is null ? NatsCredentials.UserPassword(user!, password!) : NatsCredentials.ForToken(token);
        return settings with { Connection = settings.Connection with { Credentials = credentials } };
    }

    private string? Secret(string key) => _secrets.TryGetValue(key, out var given) ? given.Text : null;

    // The error shows a given value as the user spelled it, and a default as reference.conf spells it.
    private string Format(SettingViolation violation)
    {
        var shown = violation.Shown is not null
            && _given.TryGetValue(violation.Path, out var given) && given.TryGetValue(Whole, out var whole)
            ? whole.Text
            : violation.Shown;
        return (violation with { Shown = shown }).Format(FullPath(violation.Path));
    }

    private string FullPath(string path)
    {
        // A publisher's name is the key of its section and not a key in the section.
        if (path == SettingsValidation.NamePath)
        {
            return source.Path.Length == 0 ? path : source.Path;
        }

        if (_secrets.TryGetValue(path, out var secret))
        {
            return source.FullPath(secret.Path);
        }

        if (_given.TryGetValue(path, out var given) && given.TryGetValue(Whole, out var whole))
        {
            return source.FullPath(whole.Path);
        }

        return source.FullPath(path.Replace('.', source.Separator));
    }
}
