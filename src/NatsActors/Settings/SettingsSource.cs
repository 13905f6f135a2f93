namespace NatsActors.Settings;

/// <summary>The source of settings: how errors spell its paths, and whether it may hold secrets.</summary>
/// <param name="Path">The path of the publisher's section, in the source's own spelling; may be empty.</param>
/// <param name="Separator">What stands between the parts of a path.</param>
/// <param name="AllowsSecrets">Whether <c>connection.user</c>, <c>.password</c> and <c>.token</c> are read.</param>
internal sealed record SettingsSource(string Path, char Separator, bool AllowsSecrets)
{
    /// <summary>HOCON: no secrets, since an ActorSystem logs and shares its whole configuration.</summary>
    public static SettingsSource Hocon(string path) => new(path, '.', AllowsSecrets: false);

    /// <summary>IConfiguration: user secrets, environment variables and key vaults are its providers.</summary>
    public static SettingsSource Configuration(string path) => new(path, ':', AllowsSecrets: true);

    private bool IsHocon => Separator == '.';

    /// <summary>Compares names of publishers. IConfiguration does not tell upper case from lower case.</summary>
    public StringComparer NameComparer => IsHocon ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>The steps of a path, as the source spells them.</summary>
    public string[] Split(string path) => IsHocon ? HoconPath.Split(path) : path.Split(Separator);

    /// <summary>The name that a step of a path stands for.</summary>
    public string NameOf(string step) => IsHocon ? HoconPath.Unquote(step) : step;

    public SettingsSource Below(string name) => this with { Path = FullPath(name) };

    /// <summary>The whole path of the key at <paramref name="path"/> below this section.</summary>
    public string FullPath(string path) => Path.Length == 0 ? path : $"{Path}{Separator}{path}";
}
