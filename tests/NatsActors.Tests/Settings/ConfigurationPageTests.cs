using Akka.Configuration;
using NatsActors.Settings;
using NatsActors.Testing;

namespace NatsActors.Tests.Settings;

public sealed class ConfigurationPageTests
{
    [Fact]
    public void The_page_is_what_reference_conf_and_the_settings_readers_say() =>
        ApprovedText.AssertIs(ConfigurationPage.Write(PackageKeys.All), Repository.PathTo("docs", "configuration.md"));

    [Fact]
    public void Every_key_has_a_row_with_its_default_and_a_meaning()
    {
        foreach (var section in PackageKeys.All.SelectMany(package => package.Sections))
        {
            var rows = section.Groups.SelectMany(group => group.Keys).ToList();
            var parsed = HoconReader.Flatten(ConfigurationFactory.ParseString(section.Text))
                .Where(entry => entry.Key.StartsWith(PackageKeys.Root, StringComparison.Ordinal)).ToList();

            Assert.NotEmpty(parsed);
            Assert.All(parsed, entry => Assert.Contains(rows, row => Shows(row, entry.Key, entry.Value)));
            Assert.All(section.Groups, group => Assert.NotEmpty(group.Comment));
        }
    }

    // A list has one row, and each of its elements a path below it.
    private static bool Shows(ReferenceKey row, string path, string value) => row.Path == path
        ? row.Default == "[]" || row.Default.Trim('"') == value
        : path.StartsWith($"{row.Path}.", StringComparison.Ordinal);
}
