using System.Globalization;
using System.Text.RegularExpressions;
using NATS.Client.Core;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>docs/migration.md names every option of the NATS.Client.Core that the library uses, with its default.</summary>
public sealed class MigrationTests
{
    private static readonly MarkdownPage Page = MarkdownPage.Of("docs/migration.md");

    public static TheoryData<string> Options => [.. typeof(NatsOpts).GetProperties().Select(option => option.Name)];

    [Theory]
    [MemberData(nameof(Options))]
    public void Every_option_of_the_client_is_named_with_its_default(string option)
    {
        Assert.Contains(Page.Names, name => name.Split('.')[0] == option);

        if (Shown(typeof(NatsOpts).GetProperty(option)!.GetValue(NatsOpts.Default)) is { } shown
            && Regex.Match(Page.Text, $@"^\|[^|]*`{option}`[^|]*\|(?<default>[^|]*)\|", RegexOptions.Multiline) is { Success: true } row)
        {
            Assert.Contains(shown, row.Groups["default"].Value, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_version_of_the_client_is_the_one_that_the_library_uses() => Assert.Contains(
        $"""<PackageVersion Include="NATS.Client.Core" Version="{Regex.Match(Page.Text, @"From NATS\.Client\.Core (\S+)").Groups[1].Value}" />""",
        File.ReadAllText(Repository.PathTo("Directory.Packages.props")), StringComparison.Ordinal);

    private static string? Shown(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        int and >= 1024 and var bytes when bytes % 1024 == 0 => $"{bytes / 1024} KiB",
        int number => number.ToString(CultureInfo.InvariantCulture),
        TimeSpan { TotalMinutes: >= 1 } time => $"{time.TotalMinutes:0} min",
        TimeSpan { TotalSeconds: >= 1 } time => $"{time.TotalSeconds:0} s",
        TimeSpan time => $"{time.TotalMilliseconds:0} ms",
        string text => $"`{text}`",
        _ => null,
    };
}
