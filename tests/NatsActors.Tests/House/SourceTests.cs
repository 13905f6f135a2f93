using System.Text.RegularExpressions;

namespace NatsActors.Tests.House;

/// <summary>Rules for every file of the library.</summary>
public sealed class SourceTests
{
    private const int MostLines = 400;

    // The supervision specs still use these. A hook that is not listed fails the test.
    private static readonly IReadOnlyList<SourceFile> Files = SourceFile.ReadAll();

    [Fact]
    public void No_file_is_longer_than_a_reader_can_hold() =>
        Assert.Empty(Files
            .Where(file => file.Lines > MostLines)
            .Select(file => $"{file.Path}: {file.Lines} lines"));

    [Fact]
    public void No_file_has_regions() =>
        Assert.Empty(Files.Where(file => file.LinesWith(@"^\s*#region").Any()).Select(file => file.Path));

    [Fact]
    public void No_type_is_there_for_tests_only() =>
        Assert.Empty(Files
            .Where(file => file.Types().Any(type => Regex.IsMatch(type, "^(Fail|Crash|Throw)$|ForTests?$|TestHook"))
                || Regex.IsMatch(file.Source, @"///.*\b(for|by) tests\b"))
            .Select(file => file.Path));
}
