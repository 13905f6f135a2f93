namespace NatsActors.Package.Tests;

/// <summary>
/// A folder in which new projects are made and built from packed packages: with templates, and a folder of packages, of its own. Packages of
/// others come from the machine's folder where they are there already, and from the machine's sources otherwise.
/// </summary>
internal sealed class NewProjects : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _environment;

    public NewProjects(string feed)
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // A fallback folder goes before every source: one that has a NatsActors of another day must not be one.
        var fallback = Directory.Exists(cache) && !Directory.Exists(Path.Combine(cache, "natsactors"))
            ? $"""<fallbackPackageFolders><add key="machine" value="{cache}" /></fallbackPackageFolders>"""
            : "";
        File.WriteAllText(
            _folder["nuget.config"],
            $"""<configuration><packageSources><add key="packed" value="{feed}" /></packageSources>{fallback}</configuration>""");
        _environment = new Dictionary<string, string> { ["NUGET_PACKAGES"] = _folder["packages"] };
    }

    /// <summary>A file or folder in this one.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Runs <c>dotnet new</c>.</summary>
    public Task<string> NewAsync(params string[] arguments) => DotnetAsync(["new", .. arguments, "--debug:custom-hive", _folder["hive"]]);

    /// <summary>Runs another command of <c>dotnet</c>.</summary>
    public Task<string> DotnetAsync(params string[] arguments) => Command.RunAsync(_folder.Path, _environment, "dotnet", arguments);

    public void Dispose() => _folder.Dispose();
}
