using System.IO.Compression;
using System.Xml.Linq;

namespace NatsActors.Package.Tests;

/// <summary>
/// The packages as a build machine packs them: in two clones with different paths. Every test of this project looks at the same ones.
/// </summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private static readonly Dictionary<string, string> BuildMachine = new() { ["CI"] = "true" };

    private readonly TempFolder _folder = new();

    /// <summary>The folder with the packages of the first clone: a source for NuGet.</summary>
    public string Feed => _folder["feed"];

    /// <summary>The clone that the library alone was packed in.</summary>
    internal string SecondClone => _folder["second/longer-path"];

    public async Task InitializeAsync()
    {
        await Clone.MakeAsync(_folder["first"]);
        await PackAsync(_folder["first"], "src/NatsActors", Feed);
        await PackAsync(_folder["first"], "src/NatsActors.Persistence", Feed);
        await PackAsync(_folder["first"], "templates/NatsActors.Templates", Feed);
        await Clone.MakeAsync(SecondClone);
        await PackAsync(SecondClone, "src/NatsActors", _folder["second-feed"]);
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>The package of the given name and kind, from the first clone or the second.</summary>
    public ZipArchive Open(string id, string kind = "nupkg", bool second = false) =>
        ZipFile.OpenRead(Assert.Single(Directory.GetFiles(second ? _folder["second-feed"] : Feed, $"{id}.0.1.0.{kind}")));

    /// <summary>The metadata of a package's nuspec.</summary>
    public static XElement Metadata(ZipArchive package, string id)
    {
        using var nuspec = package.GetEntry($"{id}.nuspec")!.Open();
        return XDocument.Load(nuspec).Root!.Elements().Single();
    }

    /// <summary>The bytes of a package's file.</summary>
    public static byte[] Read(ZipArchive package, string file)
    {
        using var content = package.GetEntry(file)!.Open();
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static Task PackAsync(string clone, string project, string feed) => Command.RunAsync(
        clone, BuildMachine, "dotnet", "pack", project, "--configuration", "Release", "--output", feed, "--verbosity", "quiet");
}
