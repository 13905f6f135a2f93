using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NatsActors.Benchmarks;

/// <summary>One table of a report; a cell is a text, a number or null.</summary>
/// <param name="Title">What the table shows; one line.</param>
/// <param name="Columns">The names of the columns, with units.</param>
/// <param name="Rows">The rows.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows)
{
    /// <summary>What a reader has to know about the figures; null for nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>What a mode has measured: Markdown for people, and with <c>--json</c> a file for programs.</summary>
/// <param name="Mode">The name of the mode, as in the command line.</param>
/// <param name="Tables">The tables.</param>
internal sealed record Report(string Mode, IReadOnlyList<ReportTable> Tables)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes the tables as Markdown, and all figures to the file.</summary>
    /// <param name="output">Where the Markdown goes.</param>
    /// <param name="json">The file; null for none.</param>
    public async Task WriteAsync(TextWriter output, FileInfo? json)
    {
        foreach (var table in Tables)
        {
            await output.WriteLineAsync(Markdown(table));
        }

        if (json is not null)
        {
            await File.WriteAllTextAsync(json.FullName, JsonSerializer.Serialize(this, Json));
        }
    }

    private static string Markdown(ReportTable table)
    {
        var lines = new List<string> { table.Title, "", Line(table.Columns), Line(table.Columns.Select(_ => "---")) };
        lines.AddRange(table.Rows.Select(row => Line(row.Select(Text))));
        if (table.Note is not null)
        {
            lines.AddRange(["", table.Note]);
        }

        return string.Join('\n', lines) + "\n";
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string Text(object? cell) => cell switch
    {
        null => "-",
        double value => value.ToString(Math.Abs(value) >= 100 ? "N0" : "0.00", CultureInfo.InvariantCulture),
        int or long => string.Create(CultureInfo.InvariantCulture, $"{cell:N0}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{cell}"),
    };
}
