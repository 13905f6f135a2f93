using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NatsActors.Testing;

namespace NatsActors.Package.Tests;

/// <summary>What is in the package of the library, and what the package says about itself.</summary>
[Collection(PackageCollection.Name)]
public sealed partial class PackageTests(PackedPackages packages)
{
    private const string Id = "NatsActors";

    [Fact]
    public void It_holds_the_assembly_its_documentation_and_the_readme_and_nothing_else()
    {
        using var package = packages.Open(Id);

        string[] expected = ["NatsActors.nuspec", "README.md", "lib/net10.0/NatsActors.dll", "lib/net10.0/NatsActors.xml"];
        Assert.Equal(expected, Content(package));
    }

    [Fact]
    public void The_symbols_are_a_package_of_their_own()
    {
        using var symbols = packages.Open(Id, "snupkg");

        Assert.Equal(["NatsActors.nuspec", "lib/net10.0/NatsActors.pdb"], Content(symbols));
    }

    [Fact]
    public void Its_metadata_names_the_licence_the_readme_the_tags_and_the_commit()
    {
        using var package = packages.Open(Id);
        var metadata = PackedPackages.Metadata(package, Id);

        Assert.Equal("0.1.0", Value(metadata, "version"));
        Assert.Equal("Apache-2.0", Value(metadata, "license"));
        Assert.Equal("expression", Element(metadata, "license")!.Attribute("type")!.Value);
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.Contains("NATS publisher", Value(metadata, "description"), StringComparison.Ordinal);
        Assert.Superset(new HashSet<string> { "nats", "jetstream", "akka.net" }, Value(metadata, "tags").Split(' ').ToHashSet());
        Assert.Equal("git", Element(metadata, "repository")!.Attribute("type")!.Value);
        Assert.Matches("^[0-9a-f]{40}$", Element(metadata, "repository")!.Attribute("commit")!.Value);
    }

    [Fact]
    public void The_licence_in_the_root_is_the_one_that_the_package_names() =>
        Assert.Matches(@"^\s+Apache License\n\s+Version 2\.0, January 2004\n", File.ReadAllText(Repository.PathTo("LICENSE")).TrimStart('\n'));

    [Fact]
    public void The_release_notes_are_the_versions_part_of_the_changelog()
    {
        using var package = packages.Open(Id);
        var notes = Value(PackedPackages.Metadata(package, Id), "releaseNotes").ReplaceLineEndings("\n");

        Assert.StartsWith("## [0.1.0]", notes, StringComparison.Ordinal);
        Assert.Contains(notes, File.ReadAllText(Repository.PathTo("CHANGELOG.md")), StringComparison.Ordinal);
        Assert.Single(Regex.Matches(notes, "^## ", RegexOptions.Multiline));
    }

    [Fact]
    public void It_needs_what_the_library_is_built_with_and_no_tool_of_the_build()
    {
        using var package = packages.Open(Id);
        var group = Assert.Single(Element(PackedPackages.Metadata(package, Id), "dependencies")!.Elements());
        var versions = XDocument.Load(Repository.PathTo("Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(each => each.Attribute("Include")!.Value, each => each.Attribute("Version")!.Value);
        string[] expected =
        [
            "Akka", "Akka.Hosting", "Akka.Streams", "Google.Protobuf", "Microsoft.Extensions.Diagnostics.HealthChecks",
            "Microsoft.Extensions.Hosting.Abstractions", "NATS.Client.Core",
        ];

        Assert.Equal("net10.0", group.Attribute("targetFramework")!.Value);
        Assert.Equal(
            expected.Select(id => $"{id} {versions[id]}"),
            group.Elements().Select(each => $"{each.Attribute("id")!.Value} {each.Attribute("version")!.Value}"));
    }

    [Fact]
    public void Its_readme_is_the_repositorys_without_links_that_lead_nowhere()
    {
        using var package = packages.Open(Id);
        var readme = Encoding.UTF8.GetString(PackedPackages.Read(package, "README.md"));

        Assert.StartsWith("# NatsActors\n", readme, StringComparison.Ordinal);
        Assert.Contains("dotnet add package NatsActors", readme, StringComparison.Ordinal);
        Assert.DoesNotMatch(RelativeLink(), readme);
        Assert.Contains("[NATS](https://nats.io)", readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_public_type_has_a_summary_in_the_packed_documentation()
    {
        using var package = packages.Open(Id);
        var members = XDocument.Parse(Encoding.UTF8.GetString(PackedPackages.Read(package, "lib/net10.0/NatsActors.xml")))
            .Descendants("member").ToDictionary(each => each.Attribute("name")!.Value);

        Assert.All(typeof(NatsPublishers).Assembly.GetExportedTypes(), type =>
            Assert.True(members.TryGetValue($"T:{type.FullName!.Replace('+', '.')}", out var member) && !string.IsNullOrWhiteSpace(member.Value), type.FullName));
    }

    [Fact]
    public void Packing_in_two_places_gives_the_same_bytes()
    {
        using var first = packages.Open(Id);
        using var second = packages.Open(Id, second: true);

        Assert.All(
            ["lib/net10.0/NatsActors.dll", "lib/net10.0/NatsActors.xml", "README.md"],
            file => Assert.Equal(PackedPackages.Read(first, file), PackedPackages.Read(second, file)));
    }

    [Fact]
    public void The_symbols_name_no_path_of_the_machine_that_packed_them()
    {
        using var symbols = packages.Open(Id, "snupkg");
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(PackedPackages.Read(symbols, "lib/net10.0/NatsActors.pdb")));
        var reader = provider.GetMetadataReader();

        Assert.NotEmpty(reader.Documents);
        Assert.All(reader.Documents, document => Assert.StartsWith("/_", reader.GetString(reader.GetDocument(document).Name), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://github.com/nats-actors-example/repository.git", "https://github.com/nats-actors-example/repository")]
    [InlineData("https://github.com/nats-actors-example/repository", "https://github.com/nats-actors-example/repository")]
    [InlineData("https://user:secret@git.example/repository.git", "https://git.example/repository")]
    [InlineData("http://git.example/repository.git", "")]
    [InlineData("/srv/git/repository.git", "")]
    public async Task The_repository_is_named_when_the_clone_has_a_remote_that_others_can_open(string remote, string expected)
    {
        await Command.RunAsync(packages.SecondClone, "git", "config", "remote.origin.url", remote);

        var url = await Command.RunAsync(
            packages.SecondClone, "dotnet", "msbuild", "src/NatsActors", "-target:InitializeSourceControlInformation", "-getProperty:RepositoryUrl");

        Assert.Equal(expected, url.Trim().Replace(".git", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_readmes_links_lead_to_the_commit_when_the_repository_is_known()
    {
        await Command.RunAsync(packages.SecondClone, "git", "config", "remote.origin.url", "https://git.example/repository.git");

        await Command.RunAsync(packages.SecondClone, "dotnet", "msbuild", "src/NatsActors", "-target:ReadmeForThePackage", "-property:Configuration=Release");

        var readme = await File.ReadAllTextAsync(Path.Combine(packages.SecondClone, "src/NatsActors/obj/Release/net10.0/README.md"));
        Assert.Matches(@"\(https://git\.example/repository/blob/[0-9a-f]{40}/docs/architecture\.md\)", readme);
        Assert.DoesNotMatch(RelativeLink(), readme);
    }

    private static IEnumerable<string> Content(ZipArchive package) => package.Entries
        .Select(entry => entry.FullName)
        .Where(name => name is not "[Content_Types].xml" and not "_rels/.rels" && !name.StartsWith("package/services/metadata/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static XElement? Element(XElement metadata, string name) => metadata.Element(metadata.Name.Namespace + name);

    private static string Value(XElement metadata, string name) => Element(metadata, name)?.Value ?? "";

    [GeneratedRegex(@"\]\((?!https?:|#)[^)]*\)")]
    private static partial Regex RelativeLink();
}
