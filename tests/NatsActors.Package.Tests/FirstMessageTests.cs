using System.Globalization;
using System.Text.RegularExpressions;
using NatsActors.Testing;
using Xunit.Abstractions;

namespace NatsActors.Package.Tests;

/// <summary>What a reader of the README does on the first day, from an empty folder, with the packed packages alone.</summary>
[Collection(PackageCollection.Name)]
public sealed partial class FirstMessageTests(PackedPackages packages, ITestOutputHelper output)
{
    private const int MostSeconds = 120;

    [Theory]
    [InlineData("README.md", "Akka.NET by the template")]
    [InlineData("docs/getting-started.md", "Akka.NET by the page's program", "plain .NET by the page's program")]
    public async Task Each_way_of_the_README_has_a_message_in_a_stream_within_two_minutes(string page, params string[] expected)
    {
        var printed = await Command.RunAsync(
            Repository.PathTo(), "bash", "scripts/first-message.sh", "--feed", packages.Feed, "--warm", "--page", page);
        output.WriteLine(printed);
        var ways = Way().Matches(printed);

        Assert.All(expected, name => Assert.Contains(ways, way => way.Groups["way"].Value == name));
        Assert.All(ways, way => Assert.InRange(int.Parse(way.Groups["seconds"].Value, CultureInfo.InvariantCulture), 0, MostSeconds));
    }

    [GeneratedRegex(@"^(?<way>.+): the first message was in the stream after (?<seconds>\d+) s$", RegexOptions.Multiline)]
    private static partial Regex Way();
}
