using System.Text.Json;
using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

/// <summary>Every snippet and command of the README is run here, or is what CI runs; and what the pages of docs/ name is there.</summary>
public sealed partial class ReadmeTests
{
    private const string Install = "dotnet add package NatsActors";

    private static readonly string Root = Repository.PathTo();
    private static readonly string Readme = ReadmeCommand.Readme;

    [Fact]
    public void Every_snippet_is_a_stretch_of_an_example()
    {
        var examples = Directory.GetFiles(Path.Combine(Root, "examples"), "*.*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".conf")
            .Select(File.ReadAllText)
            .ToList();
        var snippets = Blocks("csharp").Concat(Blocks("hocon")).ToList();

        Assert.NotEmpty(snippets);
        Assert.All(snippets, snippet => Assert.Contains(examples, example => example.Contains($"{snippet}\n", StringComparison.Ordinal)));
    }

    [Fact]
    public void It_leads_with_Akka_and_has_the_whole_QuickStart_example()
    {
        Assert.StartsWith("builder.Services.AddAkka(", Blocks("csharp").First(), StringComparison.Ordinal);
        Assert.Contains(File.ReadAllText(Path.Combine(Root, "examples/QuickStart/Program.cs")).TrimEnd('\n'), Blocks("csharp"));
    }

    [Fact]
    public void Every_command_is_one_that_a_test_or_CI_runs()
    {
        string[] run =
        [
            "dotnet run -c Release --project examples/NatsPipe -- ",
            "dotnet run -c Release --project tests/NatsActors.Faults -- --faults 1000 ",
            "dotnet run -c Release --project tests/NatsActors.Faults -- --compare --faults 200 ",
            "dotnet run -c Release --project tests/NatsActors.Benchmarks -- ",
            "bash scripts/test.sh",
            "bash scripts/demo.sh",
            Install,
        ];

        Assert.All(
            Blocks("sh").SelectMany(block => block.Split('\n')),
            line => Assert.Contains(run, command => line.Contains(command, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_package_to_install_is_the_one_that_the_library_packs()
    {
        var project = File.ReadAllText(Path.Combine(Root, $"src/{Install.Split(' ')[^1]}/{Install.Split(' ')[^1]}.csproj"));

        Assert.Contains("<IsPackable>true</IsPackable>", project, StringComparison.Ordinal);
        Assert.DoesNotContain("<PackageId>", project, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_QuickStart_example_delivers_its_messages()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("orders.new");

        var (status, output) = await RunAsync("QuickStart", $"{server.Url}", "");

        await reader.WaitForAsync(10, TimeSpan.FromSeconds(10));
        Assert.Equal(0, status);
        Assert.Contains("accepted 10, delivered 10", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_NatsPipe_commands_deliver_what_they_are_given()
    {
        var commands = Regex.Matches(Readme, @"^.*dotnet run -c Release --project examples/NatsPipe -- (?<arguments>.+)$", RegexOptions.Multiline);
        Assert.NotEmpty(commands);
        foreach (Match command in commands)
        {
            await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
            await using var reader = await NatsReader.ConnectAsync(server.Port);
            await new StreamAdmin(reader).CreateAsync("LINES", ["lines.>"]);
            var arguments = command.Groups["arguments"].Value
                .Replace("nats://127.0.0.1:4222", server.Url, StringComparison.Ordinal)
                .Replace("app.log", Path.Combine(Root, "README.md"), StringComparison.Ordinal);

            var (status, output) = await RunAsync("NatsPipe", arguments, "one\ntwo\n");

            Assert.True(status == 0, $"{command.Value}: status {status}, {output}");
            if (arguments.Contains("--json", StringComparison.Ordinal))
            {
                Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("stored").GetInt64() > 0);
            }
        }
    }

    [Theory]
    [InlineData("scripts/test.sh")]
    [InlineData("scripts/demo.sh")]
    public void The_scripts_that_the_README_names_are_what_CI_runs(string script)
    {
        Assert.Contains($"bash {script}", Readme, StringComparison.Ordinal);
        Assert.Contains($"bash {script}", File.ReadAllText(Path.Combine(Root, ".ci/run")), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_link_leads_somewhere() => Assert.All(
        Pages().SelectMany(page => Link().Matches(File.ReadAllText(page))
            .Select(link => Path.Combine(Path.GetDirectoryName(page)!, link.Groups["path"].Value))),
        path => Assert.True(File.Exists(path) || Directory.Exists(path), $"{path} is not there"));

    [Fact]
    public void Every_test_and_file_that_a_page_names_is_there()
    {
        var sources = Directory.GetFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(Path.Combine(Root, "tests"), "*.cs", SearchOption.AllDirectories))
            .ToList();
        var files = sources.Select(file => $"/{Path.GetRelativePath(Root, file)}").ToList();
        var tests = sources.SelectMany(file => TestMethod().Matches(File.ReadAllText(file)).Select(test => test.Groups["name"].Value)).ToHashSet();

        Assert.All(Pages().SelectMany(page => Code().Matches(File.ReadAllText(page)).Select(code => code.Groups["text"].Value)), name =>
        {
            var known = name.EndsWith(".cs", StringComparison.Ordinal)
                ? files.Exists(file => file.EndsWith($"/{name}", StringComparison.Ordinal))
                : !TestName().IsMatch(name) || tests.Contains(name);
            Assert.True(known, $"there is no {name}");
        });
    }

    private static IEnumerable<string> Pages() => Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Append(Path.Combine(Root, "README.md"));

    private static IEnumerable<string> Blocks(string language) => Regex
        .Matches(Readme, $"^```{language}\n(?<text>.*?)\n```$", RegexOptions.Singleline | RegexOptions.Multiline)
        .Select(block => block.Groups["text"].Value);

    [GeneratedRegex(@"\]\((?!https?:|#)(?<path>[^)#]+)")]
    private static partial Regex Link();

    [GeneratedRegex("`(?<text>[^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"public (async )?(Task|void) (?<name>\w+)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]*[a-z]\w*_\w+$|^[A-Z]_\w+$")]
    private static partial Regex TestName();

    private static Task<(int Status, string Output)> RunAsync(string example, string arguments, string input) =>
        ReadmeCommand.RunAsync(example, arguments, input, TimeSpan.FromSeconds(60));
}
