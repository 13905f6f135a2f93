using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;
using NatsActors.Testing;

namespace NatsActors.Tests.Diagnostics;

/// <summary>The page about the log has every line that a package can write, in a table below the package's heading.</summary>
public sealed class LogTableTests
{
    private const string Head = "| event id |";

    private static readonly string Page = Repository.PathTo("docs", "logs.md");

    [Fact]
    public void The_page_has_the_table_of_all_lines()
    {
        var now = File.ReadAllText(Page);
        foreach (var package in PackageAssemblies.All.Where(package => Lines(package).Any()))
        {
            now = WithTable(now, package);
        }

        ApprovedText.AssertIs(now, Page);
    }

    [Fact]
    public void Every_line_has_an_id_of_its_own_in_all_packages() =>
        Assert.All(PackageAssemblies.All.SelectMany(Lines).GroupBy(line => line.EventId), group => Assert.Single(group));

    private static IEnumerable<LoggerMessageAttribute> Lines(Assembly package) =>
        package.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .OrderBy(line => line.EventId);

    /// <summary>The page with the package's table of now in the place of the one that it has.</summary>
    private static string WithTable(string page, Assembly package)
    {
        var heading = $"\n## {package.GetName().Name}\n";
        var section = page.IndexOf(heading, StringComparison.Ordinal);
        Assert.True(section >= 0, $"docs/logs.md has no heading{heading}");

        var next = page.IndexOf("\n## ", section + heading.Length, StringComparison.Ordinal);
        var end = next < 0 ? page.Length : next;
        var table = page.IndexOf(Head, section, end - section, StringComparison.Ordinal);
        Assert.True(table >= 0, $"docs/logs.md has no table below{heading}");
        return page[..table] + Table(package) + page[end..];
    }

    private static string Table(Assembly package)
    {
        var text = new StringBuilder($"{Head} level | line |\n|---|---|---|\n");
        foreach (var line in Lines(package))
        {
            var level = line.Level == LogLevel.None || (int)line.Level < 0 ? "Error or Warning" : line.Level.ToString();
            text.Append(CultureInfo.InvariantCulture, $"| {line.EventId} | {level} | `{line.Message}` |\n");
        }

        return text.ToString();
    }
}
