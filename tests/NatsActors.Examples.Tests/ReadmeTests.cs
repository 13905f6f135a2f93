using System.Text.Json;
using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

/// <summary>
/// The README's snippets are those of the examples and of the pages' programs; the commands of the README and of the pages are run here, or are what CI runs.
/// DocsTests has the rules that all pages share.
/// </summary>
public sealed class ReadmeTests
{
    private const string Install = "dotnet add package NatsActors";

    private static readonly string Root = Repository.PathTo();
    private static readonly MarkdownPage Readme = MarkdownPage.Of("README.md");

    [Fact]
    public void Every_snippet_is_a_stretch_of_an_example_or_of_a_pages_program()
    {
        var examples = Directory.GetFiles(Path.Combine(Root, "examples"), "*.*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".conf")
            .Select(File.ReadAllText)
            .Concat(MarkdownPage.All.Where(page => page.Name.StartsWith("docs/", StringComparison.Ordinal))
                .SelectMany(page => page.BlocksIn("csharp").Select(block => $"{block.Text}\n")))
            .ToList();
        var snippets = Readme.BlocksIn("csharp").Concat(Readme.BlocksIn("hocon")).ToList();

        Assert.NotEmpty(snippets);
        Assert.All(snippets, snippet => Assert.Contains(examples, example => example.Contains($"{snippet.Text}\n", StringComparison.Ordinal)));
    }

    [Fact]
    public void It_leads_with_Akka() =>
        Assert.StartsWith("builder.Services.AddAkka(", Readme.BlocksIn("csharp").First().Text, StringComparison.Ordinal);

    [Fact]
    public void Getting_started_has_the_whole_QuickStart_example() => Assert.Contains(
        File.ReadAllText(Path.Combine(Root, "examples/QuickStart/Program.cs")).TrimEnd('\n'),
        MarkdownPage.Of("docs/getting-started.md").BlocksIn("csharp").Select(block => block.Text));

    [Fact]
    public void Every_command_is_one_that_a_test_or_CI_runs()
    {
        string[] run =
        [
            "dotnet run -c Release --project examples/NatsPipe -- ",
            // Run by OutboxTests.
            "dotnet run -c Release --project examples/Outbox -- ",
            "dotnet run -c Release --project tests/NatsActors.Faults -- --faults 1000 ",
            "dotnet run -c Release --project tests/NatsActors.Faults -- --compare --faults 200 ",
            "dotnet run -c Release --project tests/NatsActors.Crash -- --kills 200 ",
            // Run by ClusterRunTests, smaller.
            "dotnet run -c Release --project tests/NatsActors.Cluster.Node -- run ",
            "dotnet run -c Release --project tests/NatsActors.Benchmarks -- ",
            "bash scripts/test.sh",
            "bash scripts/demo.sh",
            "bash scripts/cluster.sh",
            "bash scripts/gate.sh",
            // Run by ScriptTests.
            "bash scripts/lab.sh",
            Install,
            "bash scripts/approve.sh",
            // What a reader of getting-started does with the SDK; DocsTests does the same with the page's programs.
            "dotnet new console -o ",
            "dotnet new web -o ",
            "dotnet add package ",
            "cd ",
            "dotnet run",
            // scripts/first-message.sh, which a test runs, follows these.
            "nats-server -js",
            "nats-server -js &",
            "nats stream add ORDERS ",
            "dotnet new install NatsActors.Templates",
            "dotnet new nats-worker --name Orders",
            "dotnet run --project Orders",
        ];

        // ContributingTests has the commands of CONTRIBUTING.md.
        Assert.All(
            MarkdownPage.All.Where(page => page.Name != "CONTRIBUTING.md").SelectMany(page => page.BlocksIn("sh").SelectMany(block => block.Text.Split('\n'))),
            line => Assert.Contains(run, command => command[^1] == ' ' ? line.Contains(command, StringComparison.Ordinal) : line == command));
    }

    [Fact]
    public void The_package_to_install_is_the_one_that_the_library_packs()
    {
        var project = File.ReadAllText(Path.Combine(Root, $"src/{Install.Split(' ')[^1]}/{Install.Split(' ')[^1]}.csproj"));

        Assert.Contains(Install, Readme.BlocksIn("sh").Select(block => block.Text));
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
        var commands = MarkdownPage.All
            .SelectMany(page => Regex.Matches(
                page.Text, @"^.*dotnet run -c Release --project examples/NatsPipe -- (?<arguments>.+)$", RegexOptions.Multiline))
            .ToList();
        Assert.NotEmpty(commands);
        var folder = Directory.CreateTempSubdirectory("nats-pipe");
        foreach (var command in commands)
        {
            await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
            await using var reader = await NatsReader.ConnectAsync(server.Port);
            await new StreamAdmin(reader).CreateAsync("LINES", ["lines.>"]);
            var arguments = command.Groups["arguments"].Value
                .Replace("nats://127.0.0.1:4222", server.Url, StringComparison.Ordinal)
                .Replace("app.journal", Path.Combine(folder.FullName, "journal"), StringComparison.Ordinal)
                .Replace("app.lines", Path.Combine(folder.FullName, "lines"), StringComparison.Ordinal)
                .Replace("app.log", Path.Combine(Root, "README.md"), StringComparison.Ordinal);

            var (status, output) = await RunAsync("NatsPipe", arguments, "one\ntwo\n");

            Assert.True(status == 0, $"{command.Value}: status {status}, {output}");
            if (arguments.Contains("--json", StringComparison.Ordinal))
            {
                Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("stored").GetInt64() > 0);
            }
        }

        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("scripts/test.sh")]
    [InlineData("scripts/demo.sh")]
    public void The_scripts_that_the_README_names_are_what_CI_runs(string script)
    {
        Assert.Contains($"bash {script}", Readme.Text, StringComparison.Ordinal);
        Assert.Contains($"bash {script}", File.ReadAllText(Path.Combine(Root, ".ci/run")), StringComparison.Ordinal);
    }

    private static Task<(int Status, string Output)> RunAsync(string example, string arguments, string input) =>
        ReadmeCommand.RunAsync(example, arguments, input, TimeSpan.FromSeconds(60));
}
