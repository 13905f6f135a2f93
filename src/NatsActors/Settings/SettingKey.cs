using System.Diagnostics.CodeAnalysis;
using NatsActors.Protocol;

namespace NatsActors.Settings;

/// <summary>Reads a value out of its text. A refusal names the allowed values, as a phrase that can follow the value.</summary>
internal delegate bool SettingParser<T>(string text, out T value, [NotNullWhen(false)] out string? allowed);

/// <summary>
/// One key: its path, the reading of its text, its place in <see cref="PublisherSettings"/>, and its allowed values. The allowed
/// values of a key do not depend on other keys; <see cref="SettingsValidation"/> owns the rules between keys.
/// </summary>
internal abstract class SettingKey(string path)
{
    /// <summary>Below the publisher's root, in kebab-case: <c>buffer.max-bytes</c>.</summary>
    public string Path { get; } = path;

    /// <summary>Whether the key takes several values.</summary>
    public virtual bool IsList => false;

    /// <summary>Applies the texts (exactly one, unless the key is a list).</summary>
    public abstract bool TryApply(
        IReadOnlyList<string> texts, ref PublisherSettings settings, [NotNullWhen(false)] out string? allowed);

    /// <summary>The violations of the key's value in <paramref name="settings"/>.</summary>
    public abstract IEnumerable<SettingViolation> Check(PublisherSettings settings);

    /// <summary>The key's value in <paramref name="settings"/>, as reference.conf spells it.</summary>
    public abstract string Show(PublisherSettings settings);
}

/// <summary>One value that is not allowed.</summary>
/// <param name="Path">The key, or an element of it, below the publisher's root.</param>
/// <param name="Shown">The value; null where it may hold a secret.</param>
/// <param name="Allowed">What is allowed, as a phrase that can follow the value.</param>
internal readonly record struct SettingViolation(string Path, string? Shown, string Allowed)
{
    private const int ShownLimit = 80;

    /// <summary>One line, with the path as the source of the settings spells it.</summary>
    public string Format(string fullPath) =>
        Shown is null ? $"{fullPath}: {Allowed}" : $"{fullPath}: '{OneLine(Shown)}' {Allowed}";

    private static string OneLine(string text)
    {
        var cut = text.Length > ShownLimit ? string.Concat(text.AsSpan(0, ShownLimit), "...") : text;
        return string.Concat(cut.Select(c => char.IsControl(c) ? ' ' : c));
    }
}

/// <inheritdoc/>
internal sealed class SettingKey<T>(
    string path,
    SettingParser<T> parse,
    Func<PublisherSettings, T> get,
    Func<PublisherSettings, T, PublisherSettings> set,
    Func<T, string> show,
    Func<T, string?> rule) : SettingKey(path)
{
    public override bool TryApply(
        IReadOnlyList<string> texts, ref PublisherSettings settings, [NotNullWhen(false)] out string? allowed)
    {
        if (!parse(texts[0], out var value, out allowed))
        {
            return false;
        }

        settings = set(settings, value);
        return true;
    }

    public override IEnumerable<SettingViolation> Check(PublisherSettings settings)
    {
        var value = get(settings);
        if (rule(value) is { } allowed)
        {
            yield return new(Path, show(value), allowed);
        }
    }

    public override string Show(PublisherSettings settings) => show(get(settings));
}

/// <summary>
/// <c>connection.servers</c>. An error names a malformed URL by its index only, because nobody can tell where its secret ends.
/// </summary>
internal sealed class ServersKey(string path) : SettingKey(path)
{
    public override bool IsList => true;

    public override bool TryApply(
        IReadOnlyList<string> texts, ref PublisherSettings settings, [NotNullWhen(false)] out string? allowed)
    {
        allowed = null;
        settings = settings with { Connection = settings.Connection with { Servers = texts } };
        return true;
    }

    public override IEnumerable<SettingViolation> Check(PublisherSettings settings)
    {
        var servers = settings.Connection.Servers;
        if (servers is null || servers.Count == 0)
        {
            yield return new(Path, null, "must name at least one server, such as nats://127.0.0.1:4222");
            yield break;
        }

        for (var i = 0; i < servers.Count; i++)
        {
            if (!ServerAddress.TryParse(servers[i], out _, out var error))
            {
                yield return new($"{Path}.{i}", null, $"{error}; must be host[:port] behind {ServerAddress.Schemes}");
            }
        }
    }

    public override string Show(PublisherSettings settings) =>
        string.Join(',', settings.Connection.Servers.Select(server =>
            ServerAddress.TryParse(server, out var address, out _) ? address.ToString() : "(not a server)"));
}
