using NatsActors.Settings;
using NatsActors.Testing;

namespace NatsActors.Tests.Settings;

public sealed class ConfigurationPageTests
{
    private static readonly string Reference = File.ReadAllText(Repository.PathTo("hocon", "reference.conf"));

    [Fact]
    public void The_page_is_what_reference_conf_and_the_settings_reader_say() =>
        ApprovedText.AssertIs(ConfigurationPage.Write(Reference), Repository.PathTo("docs", "configuration.md"));

    [Fact]
    public void Every_key_has_a_row_with_its_default_and_a_meaning()
    {
        var groups = ReferenceText.Read(Reference);
        var keys = groups.SelectMany(group => group.Keys).ToList();

        Assert.All(SettingsKeys.All.Where(key => !key.IsList), key => Assert.Equal(
            ReferenceDefaults.Text(key.Path), keys.Single(each => each.Path == ReferenceDefaults.Root + key.Path).Default.Trim('"')));
        Assert.All(groups.Where(group => group.Keys[0].Path.StartsWith("nats-actors.", StringComparison.Ordinal)), group => Assert.NotEmpty(group.Comment));
    }
}
