using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;
using NatsActors.Diagnostics;
using NatsActors.Testing;

namespace NatsActors.Tests.Diagnostics;

/// <summary>The page about the log has every line that the library can write.</summary>
public sealed class LogTableTests
{
    private static readonly string Page = Repository.PathTo("docs", "logs.md");

    [Fact]
    public void The_page_has_the_table_of_all_lines()
    {
        var page = File.ReadAllText(Page);
        ApprovedText.AssertIs(page[..page.IndexOf("| event id |", StringComparison.Ordinal)] + Table(), Page);
    }

    [Fact]
    public void Every_line_has_an_id_of_its_own() =>
        Assert.All(Lines().GroupBy(line => line.EventId), group => Assert.Single(group));

    private static IEnumerable<LoggerMessageAttribute> Lines() =>
        typeof(PublisherLog).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .OrderBy(line => line.EventId);

    private static string Table()
    {
        var text = new StringBuilder("| event id | level | line |\n|---|---|---|\n");
        foreach (var line in Lines())
        {
            var level = line.Level == LogLevel.None || (int)line.Level < 0 ? "Error or Warning" : line.Level.ToString();
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {line.EventId} | {level} | `{line.Message}` |\n");
        }

        return text.ToString();
    }
}
