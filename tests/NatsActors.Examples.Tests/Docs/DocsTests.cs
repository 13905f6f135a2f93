using System.Text;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>
/// The rules for every page: a C# snippet compiles as the only file of a new project, HOCON and JSON are settings that a publisher
/// starts with, links and anchors lead somewhere, and the tests, files and keys that a page names are there.
/// </summary>
public sealed partial class DocsTests
{
    private static readonly string Root = Repository.PathTo();

    // The README's snippets are stretches of the examples, which the build compiles, and of the pages' programs.
    public static TheoryData<string, int> Snippets => Blocks("csharp", page => page.Name != "README.md");

    public static TheoryData<string, int> Hocon => Blocks("hocon", _ => true);

    public static TheoryData<string, int> Json => Blocks("json", _ => true);

    [Theory]
    [MemberData(nameof(Snippets))]
    public void A_snippet_compiles_as_the_only_file_of_a_new_project(string page, int line)
    {
        var (source, block) = Find(page, line);

        var faults = SnippetProgram.Faults(block.Text, SnippetPackages.Of(source.Text));

        Assert.True(faults.Count == 0, $"{page}, line {line}:\n{string.Join('\n', faults)}");
    }

    [Theory]
    [MemberData(nameof(Hocon))]
    public async Task Publishers_take_the_HOCON_of_a_page(string page, int line)
    {
        var quiet = ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off }");
        var system = ActorSystem.Create("page", quiet.WithFallback(
            ConfigurationFactory.ParseString(Find(page, line).Block.Text.Replace("port = 4053", "port = 0", StringComparison.Ordinal))));

        Assert.NotEmpty(NatsPublishers.Get(system).Names);
        await system.Terminate();
    }

    [Theory]
    [MemberData(nameof(Json))]
    public async Task Publishers_take_every_section_below_Nats_of_a_pages_JSON(string page, int line)
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(Find(page, line).Block.Text));
        var sections = new ConfigurationBuilder().AddJsonStream(text).Build().GetSection("Nats").GetChildren().ToList();

        Assert.NotEmpty(sections);
        foreach (var section in sections)
        {
            await using var services = new ServiceCollection().AddNatsPublisher(section, section.Key).BuildServiceProvider();
            Assert.Equal(0, services.GetRequiredService<NatsPublisher>().Status.Totals.Accepted);
        }
    }

    [Fact]
    public void Every_link_leads_somewhere()
    {
        var byPath = MarkdownPage.All.ToDictionary(page => page.Path);
        Assert.All(MarkdownPage.All.SelectMany(page => page.Links.Select(link => (Page: page, Link: link))), each =>
        {
            if (each.Link.StartsWith("https://", StringComparison.Ordinal))
            {
                return;
            }

            var parts = each.Link.Split('#', 2);
            var path = parts[0].Length == 0 ? each.Page.Path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(each.Page.Path)!, parts[0]));
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{each.Page}: {each.Link} is not there");
            Assert.True(
                parts.Length == 1 || (byPath.TryGetValue(path, out var target) && target.Anchors.Contains(parts[1])),
                $"{each.Page}: {each.Link} names no heading of {parts[0]}");
        });
    }

    [Fact]
    public void Every_page_of_docs_can_be_reached_from_the_README()
    {
        var reached = new HashSet<string>();
        var open = new Queue<MarkdownPage>([MarkdownPage.Of("README.md")]);
        while (open.TryDequeue(out var page))
        {
            foreach (var link in page.Links.Select(link => link.Split('#')[0]).Where(link => link.EndsWith(".md", StringComparison.Ordinal)))
            {
                var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page.Path)!, link));
                if (MarkdownPage.All.FirstOrDefault(each => each.Path == path) is { } next && reached.Add(path))
                {
                    open.Enqueue(next);
                }
            }
        }

        Assert.All(MarkdownPage.All.Where(page => page.Name.StartsWith("docs/", StringComparison.Ordinal)), page => Assert.Contains(page.Path, reached));
    }

    [Fact]
    public void Every_test_and_file_that_a_page_names_is_there()
    {
        var sources = new[] { "src", "tests", "examples" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .ToList();
        var files = sources.Select(file => $"/{Path.GetRelativePath(Root, file)}").ToList();
        var tests = sources.SelectMany(file => TestMethod().Matches(File.ReadAllText(file)).Select(test => test.Groups["name"].Value)).ToHashSet();

        // Program.cs is the file that a reader makes.
        Assert.All(MarkdownPage.All.SelectMany(page => page.Names).Where(name => name != "Program.cs"), name =>
        {
            var known = name.EndsWith(".cs", StringComparison.Ordinal)
                ? files.Exists(file => file.EndsWith($"/{name}", StringComparison.Ordinal))
                : !TestName().IsMatch(name) || tests.Contains(name);
            Assert.True(known, $"there is no {name}");
        });
    }

    [Fact]
    public void Every_key_that_a_page_names_is_in_the_configuration()
    {
        var page = MarkdownPage.Of("docs/configuration.md");
        var known = page.Names.ToHashSet();

        // A change log names keys that are gone.
        var named = MarkdownPage.All.Where(each => each.Name != "CHANGELOG.md")
            .SelectMany(each => each.Names.Select(name => (Page: each, Key: Key().Match(name))))
            .Where(each => each.Key.Success);
        Assert.All(named, each =>
            Assert.True(
                known.Any(key => $"{key}.".StartsWith($"{each.Key.Groups["key"].Value}.", StringComparison.Ordinal)),
                $"{each.Page} names {each.Key.Value}, which is not a key"));
    }

    private static TheoryData<string, int> Blocks(string language, Func<MarkdownPage, bool> among)
    {
        var data = new TheoryData<string, int>();
        foreach (var page in MarkdownPage.All.Where(among))
        {
            foreach (var block in page.BlocksIn(language))
            {
                data.Add(page.Name, block.Line);
            }
        }

        return data;
    }

    private static (MarkdownPage Page, CodeBlock Block) Find(string name, int line)
    {
        var page = MarkdownPage.Of(name);
        return (page, page.Blocks.Single(block => block.Line == line));
    }

    [GeneratedRegex(@"public (async )?(Task|void) (?<name>\w+)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]*[a-z]\w*_\w+$|^[A-Z]_\w+$")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^(nats-actors\.(publisher\.)?)?(?<key>(connection|buffer|delivery|jetstream|durability|diagnostics|gateway|sharding)\.[a-z.-]+[a-z])( = .+)?$")]
    private static partial Regex Key();
}
