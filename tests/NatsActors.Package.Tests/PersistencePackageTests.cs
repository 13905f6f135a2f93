using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using NatsActors.Testing;

namespace NatsActors.Package.Tests;

/// <summary>The package NatsActors.Persistence, and projects that install it or do not.</summary>
[Collection(PackageCollection.Name)]
public sealed class PersistencePackageTests(PackedPackages packages)
{
    private const string Id = "NatsActors.Persistence";

    [Fact]
    public void It_holds_the_assembly_its_documentation_and_the_readme_and_nothing_else()
    {
        using var package = packages.Open(Id);
        using var symbols = packages.Open(Id, "snupkg");

        Assert.Equal(
            ["NatsActors.Persistence.nuspec", "README.md", "lib/net10.0/NatsActors.Persistence.dll", "lib/net10.0/NatsActors.Persistence.xml"],
            Content(package));
        Assert.Equal(["NatsActors.Persistence.nuspec", "lib/net10.0/NatsActors.Persistence.pdb"], Content(symbols));
    }

    [Fact]
    public void Its_metadata_is_that_of_the_library_with_a_description_of_its_own()
    {
        using var package = packages.Open(Id);
        using var library = packages.Open("NatsActors");
        var (own, other) = (PackedPackages.Metadata(package, Id), PackedPackages.Metadata(library, "NatsActors"));

        Assert.All(
            ["version", "authors", "license", "licenseUrl", "readme", "copyright", "tags", "releaseNotes"],
            name => Assert.Equal(Value(other, name), Value(own, name)));
        Assert.Equal("Apache-2.0", Value(own, "license"));
        Assert.Contains("outlive their process", Value(own, "description"), StringComparison.Ordinal);
        Assert.Equal(Encoding.UTF8.GetString(PackedPackages.Read(library, "README.md")), Encoding.UTF8.GetString(PackedPackages.Read(package, "README.md")));
    }

    [Fact]
    public void It_needs_the_library_of_the_same_version_and_what_it_is_built_with()
    {
        using var package = packages.Open(Id);
        var metadata = PackedPackages.Metadata(package, Id);
        var group = Assert.Single(metadata.Element(metadata.Name.Namespace + "dependencies")!.Elements());
        var versions = XDocument.Load(Repository.PathTo("Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(each => each.Attribute("Include")!.Value, each => each.Attribute("Version")!.Value);
        string[] others = ["Akka.Persistence", "Akka.Persistence.Sql", "Google.Protobuf", "Microsoft.Data.Sqlite", "System.Linq.Async"];

        Assert.Equal(
            [$"NatsActors {Value(metadata, "version")}", .. others.Select(id => $"{id} {versions[id]}")],
            group.Elements().Select(each => $"{each.Attribute("id")!.Value} {each.Attribute("version")!.Value}"));
    }

    [Fact]
    public async Task A_project_that_installs_both_sends_what_its_process_before_has_kept()
    {
        using var projects = new NewProjects(packages.Feed);
        Write(
            projects, "both", ["NatsActors", Id],
            """
            using NatsActors;
            using NatsActors.Persistence;

            var settings = new PublisherSettings { Connection = new() { Servers = [args[0]] } };
            await using var publisher = PersistentNatsPublisher.Start(settings, args[1]);
            Console.WriteLine(await publisher.PublishAsync("lines", "x"u8.ToArray()));
            var drained = await publisher.DrainAsync(TimeSpan.FromMilliseconds(int.Parse(args[2])));
            Console.WriteLine($"delivered {drained.Totals.Delivered}, kept {drained.Totals.UndeliveredByReason.GetValueOrDefault(UndeliveredReason.Kept)}");
            """);
        await projects.DotnetAsync("build", "both", "--verbosity", "quiet", "-warnaserror");
        var port = LoopbackPorts.Next();
        Task<string> RunAsync(string milliseconds) =>
            projects.DotnetAsync(projects["both/bin/Debug/net10.0/both.dll"], $"nats://127.0.0.1:{port}", projects["lines.db"], milliseconds);

        Assert.Contains("delivered 0, kept 1", await RunAsync("200"), StringComparison.Ordinal);
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Port = port });
        Assert.Contains("delivered 2, kept 0", await RunAsync("30000"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_package_a_journal_in_HOCON_is_an_error_that_names_the_package()
    {
        using var projects = new NewProjects(packages.Feed);
        Write(
            projects, "one", ["NatsActors"],
            """
            using Akka.Actor;
            using NatsActors;

            var system = ActorSystem.Create("one", "akka.stdout-loglevel = OFF\nnats-actors.publisher.durability.journal = akka.persistence.journal.sql");
            try
            {
                NatsPublishers.Get(system).Publisher();
            }
            catch (SettingsException error)
            {
                Console.WriteLine(error.Message);
            }

            await system.Terminate();
            """);

        var printed = await projects.DotnetAsync("run", "--project", "one");

        Assert.Contains("durability.journal: 'akka.persistence.journal.sql'", printed, StringComparison.Ordinal);
        Assert.Contains("needs the package NatsActors.Persistence", printed, StringComparison.Ordinal);
    }

    private static void Write(NewProjects projects, string name, string[] installed, string program)
    {
        Directory.CreateDirectory(projects[name]);
        File.WriteAllText(Path.Combine(projects[name], "Program.cs"), program);
        File.WriteAllText(
            Path.Combine(projects[name], $"{name}.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(installed.Select(id => $"""<PackageReference Include="{id}" Version="0.1.0" />"""))}
              </ItemGroup>
            </Project>
            """);
    }

    private static IEnumerable<string> Content(ZipArchive package) => package.Entries
        .Select(entry => entry.FullName)
        .Where(name => name is not "[Content_Types].xml" and not "_rels/.rels" && !name.StartsWith("package/services/metadata/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static string Value(XElement metadata, string name) => metadata.Element(metadata.Name.Namespace + name)?.Value ?? "";
}
