using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Package.Tests;

/// <summary>Each command of CONTRIBUTING.md is one that CI runs, or one that a named test runs.</summary>
public sealed partial class ContributingTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathTo("CONTRIBUTING.md"));

    // Commands, and the tests that run them, or a smaller form of them.
    private static readonly Dictionary<string, string> RunByTests = new()
    {
        ["dotnet build src/NatsActors -c Release"] = nameof(PackageTests.Packing_in_two_places_gives_the_same_bytes),
        ["dotnet pack src/NatsActors -c Release"] = nameof(PackageTests.Packing_in_two_places_gives_the_same_bytes),
        ["dotnet pack src/NatsActors.Persistence -c Release"] =
            nameof(PersistencePackageTests.It_holds_the_assembly_its_documentation_and_the_readme_and_nothing_else),
        ["dotnet pack templates/NatsActors.Templates -c Release"] = nameof(TemplateTests.Its_package_holds_the_template_and_no_assembly),
        ["bash scripts/first-message.sh"] = nameof(FirstMessageTests.Each_way_of_the_README_has_a_message_in_a_stream_within_two_minutes),
        ["bash scripts/approve.sh"] = nameof(The_command_that_approves_puts_what_was_received_in_its_place),
        ["dotnet test tests/NatsActors.Tests -c Release --filter FullyQualifiedName~PublicApiTests"] = "The_public_api_is_the_approved_one",
        ["dotnet run -c Release --project tests/NatsActors.Benchmarks -- throughput"] = "Every_way_delivers_everything_and_has_its_row",
        ["dotnet run -c Release --project tests/NatsActors.Benchmarks -- outage"] = "An_outage_has_its_rates_its_memory_and_its_plot",
        ["dotnet run -c Release --project tests/NatsActors.Benchmarks -- extremes"] = "Each_extreme_has_its_outcome",
        ["dotnet run -c Release --project tests/NatsActors.Benchmarks -- micro"] = "The_parts_are_measured_without_a_server",
        ["dotnet run -c Release --project tests/NatsActors.Faults -- --faults"] = "The_command_of_the_README_runs_every_mode",
        ["dotnet run -c Release --project tests/NatsActors.Crash -- --kills"] = "The_command_of_the_page_kills_in_both_modes",
        ["dotnet run -c Release --project tests/NatsActors.Fuzz -- --seconds"] = "A_minute_of_any_bytes_breaks_no_promise",
    };

    [Fact]
    public void Every_command_is_one_that_a_test_or_CI_runs()
    {
        var ci = File.ReadAllText(Repository.PathTo(".ci", "run")) + File.ReadAllText(Repository.PathTo("scripts", "test.sh"))
            .Replace("\"$solution\"", "NatsActors.sln", StringComparison.Ordinal);
        var tests = Directory.GetFiles(Repository.PathTo("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file => TestMethod().Matches(File.ReadAllText(file)).Select(test => test.Groups["name"].Value)).ToHashSet();
        var commands = Block().Matches(Page).SelectMany(block => block.Groups["text"].Value.Split('\n')).ToList();

        Assert.True(commands.Count >= 10, "The page has lost its commands.");
        Assert.All(commands, command => Assert.True(
            ci.Contains(command, StringComparison.Ordinal)
            || RunByTests.Any(each => command.StartsWith(each.Key, StringComparison.Ordinal) && tests.Contains(each.Value)), command));
    }

    [Fact]
    public void Every_folder_and_file_that_it_names_is_there() => Assert.All(
        NamedPath().Matches(Page).Select(match => match.Groups["path"].Value),
        path => Assert.True(File.Exists(Repository.PathTo(path)) || Directory.Exists(Repository.PathTo(path)), path));

    [Fact]
    public async Task The_command_that_approves_puts_what_was_received_in_its_place()
    {
        using var folder = new TempFolder();
        var (repository, tools) = (folder["repository"], folder["tools"]);
        var approved = Path.Combine(repository, "tests/NatsActors.Tests/NatsActors.approved.txt");
        foreach (var each in new[] { Path.GetDirectoryName(approved)!, Path.Combine(repository, "scripts"), tools })
        {
            Directory.CreateDirectory(each);
        }

        foreach (var script in Directory.GetFiles(Repository.PathTo("scripts"), "*.sh"))
        {
            File.Copy(script, Path.Combine(repository, "scripts", Path.GetFileName(script)));
        }

        await File.WriteAllTextAsync(approved, "old\n");
        await File.WriteAllTextAsync($"{approved}.received", "of an earlier day\n");
        // Building and running the tests takes a minute, and other tests do that: this dotnet only leaves what they would leave.
        var dotnet = Path.Combine(tools, "dotnet");
        await File.WriteAllTextAsync(dotnet, $"#!/bin/sh\ncase \"$*\" in test*PublicApiTests*) echo new >'{approved}.received'; exit 1;; esac\n");
        await Command.RunAsync(folder.Path, "chmod", "+x", dotnet);
        var environment = new Dictionary<string, string> { ["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}" };

        await Command.RunAsync(repository, environment, "bash", "scripts/approve.sh");

        Assert.Equal("new\n", await File.ReadAllTextAsync(approved));
        Assert.False(File.Exists($"{approved}.received"));
    }

    [GeneratedRegex("^```sh\n(?<text>.*?)\n```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(?:`|\]\()(?<path>(?:src|tests|docs|hocon|scripts|examples|templates)(?:/[\w./-]+)?|[\w.]+\.(?:md|props|targets|txt))(?:`|\))")]
    private static partial Regex NamedPath();

    [GeneratedRegex(@"public (async )?(Task|void) (?<name>\w+)\(")]
    private static partial Regex TestMethod();
}
