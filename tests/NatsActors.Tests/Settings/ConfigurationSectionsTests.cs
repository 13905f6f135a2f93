using System.Text;
using Microsoft.Extensions.Configuration;
using NatsActors.Settings;

namespace NatsActors.Tests.Settings;

/// <summary>Sections of IConfiguration: those that do not exist, and those that are more than a publisher's.</summary>
public sealed class ConfigurationSectionsTests
{
    private const string Missing = "the configuration has no such section, or the section has no keys";

    private readonly IConfigurationRoot _root = Json(
        """
        {
          "Logging": { "Level": "Debug" },
          "Nats": { "Orders": { "Buffer": { "MaxMessages": "7" } }, "Audit": { "Delivery": { "Resend": "off" } }, "Empty": {}, "Url": "nats://u:hunter2@a" },
          "PATH": "/bin"
        }
        """);

    [Theory]
    [InlineData("Nats:Ordres", "; did you mean Nats:Orders? known are Nats:Audit, Nats:Orders")]
    [InlineData("Nats:Billing", "; known are Nats:Audit, Nats:Orders")]
    [InlineData("Nast:Orders", "; did you mean Nats:Orders? known are Logging, Nats")]
    [InlineData("Nats:Empty", "; known are Nats:Audit, Nats:Orders")]
    [InlineData("Nats:Orders:Bufer", "; did you mean Nats:Orders:Buffer? known are Nats:Orders:Buffer")]
    public void A_section_without_keys_is_an_error_that_names_the_sections_beside_it(string path, string beside) =>
        Assert.Equal([$"{path}: {Missing}{beside}"], Refused(_root.GetSection(path), _root).Violations);

    [Fact]
    public void Without_the_whole_configuration_the_error_names_the_path_only()
    {
        Assert.Equal([$"Nats:Ordres: {Missing}"], Refused(_root.GetSection("Nats:Ordres"), null).Violations);
        Assert.Equal([$"Nats:Ordres: {Missing}"], Refused(_root.GetSection("Nats:Ordres"), Json("{ \"Nats\": { \"Orders\": { \"a\": \"b\" } } }")).Violations);
    }

    [Fact]
    public void A_text_is_no_section_and_is_not_shown()
    {
        var error = Refused(_root.GetSection("Nats:Url"), _root);

        Assert.Equal(["Nats:Url: is a text; must be a section with keys, such as Connection:Servers:0"], error.Violations);
    }

    [Fact]
    public void A_section_with_keys_is_read() =>
        Assert.Equal(7, ConfigurationSections.Read("p", _root.GetSection("nats:orders"), _root).Buffer.MaxMessages);

    [Fact]
    public void A_root_gives_its_own_keys_and_those_of_others_are_ignored()
    {
        var root = Json("{ \"Logging\": { \"Level\": \"Debug\" }, \"CONNECTION\": \"ssh\", \"buffer\": { \"max-messages\": \"7\" } }");

        Assert.Equal(7, ConfigurationSections.Read("p", root, root).Buffer.MaxMessages);
    }

    [Fact]
    public void A_misspelt_section_of_a_root_is_told()
    {
        var root = Json("{ \"Bufer\": { \"MaxMessages\": \"7\" }, \"Delivery\": { \"Resend\": \"off\" } }");

        Assert.Equal(["Bufer:MaxMessages: is not a key; did you mean buffer.max-messages?"], Refused(root, root).Violations);
    }

    [Fact]
    public void A_root_without_a_publishers_keys_is_an_error()
    {
        var error = Assert.Single(Refused(_root, _root).Violations);

        Assert.Equal(
            "The root of the configuration has no keys of a publisher (buffer, connection, delivery, diagnostics, durability, jetstream); give the publisher's section, such as GetSection(\"Nats\")",
            error);
    }

    private static SettingsException Refused(IConfiguration given, IConfiguration? whole) =>
        Assert.Throws<SettingsException>(() => ConfigurationSections.Read("p", given, whole));

    private static IConfigurationRoot Json(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
}
