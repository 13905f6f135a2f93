using Akka.Actor;
using Akka.Configuration;
using NatsActors.Settings;
using NatsActors.Testing;

namespace NatsActors.Tests.Hocon;

/// <summary>Settings through Akka's own parser, without a publisher.</summary>
public sealed class HoconReaderTests : IDisposable
{
    private const string Name = "must be made of letters, digits, '-', '_' and '.'";

    // The reader asks a system for its dispatchers and its phases of shutdown, and for nothing else.
    private readonly ActorSystem _system = ActorSystem.Create("hocon", "akka { loglevel = OFF, stdout-loglevel = OFF }");

    public static TheoryData<string> Samples =>
        [.. Directory.GetFiles(Path.GetDirectoryName(Reference)!, "*.conf").Select(file => Path.GetFileName(file)!).Where(name => name != "reference.conf")];

    private static string Reference => Repository.PathTo("hocon", "reference.conf");

    public void Dispose() => _system.Dispose();

    [Fact]
    public void Without_hocon_every_setting_has_the_default_of_reference_conf()
    {
        var publisher = Assert.Single(Read(""));

        Assert.Equal(NatsPublishers.DefaultName, publisher.Key);
        Assert.Equal(
            SettingsKeys.All.Select(key => (key.Path, key.Show(new PublisherSettings()))),
            SettingsKeys.All.Select(key => (key.Path, key.Show(publisher.Value))));
    }

    [Fact]
    public void The_embedded_reference_conf_is_the_file_that_users_read()
    {
        var parsed = HoconReader.Flatten(ConfigurationFactory.ParseString(File.ReadAllText(Reference)).GetConfig("nats-actors.publisher"));

        Assert.Equal(ReferenceDefaults.All.OrderBy(pair => pair.Key), parsed.OrderBy(pair => pair.Key));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_ready_sample_is_read_as_it_stands(string sample)
    {
        var read = Read(File.ReadAllText(Repository.PathTo("hocon", sample)));

        Assert.True(read.Count > 1, sample);
    }

    [Fact]
    public void A_named_publisher_inherits_what_it_does_not_say_itself()
    {
        var read = Read(
            """
            nats-actors {
              publisher { connection.servers = ["nats://a:1", "nats://b:2"], buffer { max-bytes = 2MiB, overflow = drop-oldest } }
              publishers.orders { buffer.max-bytes = 1GiB, connection.servers = ["nats://c:3"] }
              publishers.audit {}
            }
            """);

        Assert.Equal("orders", read["orders"].Name);
        Assert.Equal(["nats://c:3"], read["orders"].Connection.Servers);
        Assert.Equal(1L << 30, read["orders"].Buffer.MaxBytes);
        Assert.Equal(OverflowPolicy.DropOldest, read["orders"].Buffer.Overflow);
        Assert.Equal(2L << 20, read["publisher"].Buffer.MaxBytes);
        Assert.Equal(("audit", 2L << 20), (read["audit"].Name, read["audit"].Buffer.MaxBytes));
    }

    [Fact]
    public void Of_several_layers_the_first_that_has_a_value_counts_and_a_list_counts_as_a_whole()
    {
        var upper = ConfigurationFactory.ParseString("nats-actors.publisher { connection.servers = [\"nats://a:1\"], buffer.max-messages = 5 }");
        var lower = ConfigurationFactory.ParseString(
            "nats-actors.publisher { connection.servers = [\"nats://b:2\", \"nats://c:3\"], buffer { max-messages = 6, max-bytes = 1MiB } }");

        var settings = Read(upper.WithFallback(lower))["publisher"];

        Assert.Equal(["nats://a:1"], settings.Connection.Servers);
        Assert.Equal((5L, 1L << 20), (settings.Buffer.MaxMessages, settings.Buffer.MaxBytes));
    }

    [Fact]
    public void Every_violation_of_every_publisher_is_in_one_error_with_its_full_path()
    {
        var error = Refused(
            """
            nats-actors {
              publisher { buffer.max-bites = 5MiB, connection.connect-timeout = 5 }
              publishers.orders { buffer.low-watermark = 0.9, connection.password = "hunter2" }
              publishers.eu.orders { buffer.max-bytes = 1MiB }
              akka { dispatcher = "no-such-dispatcher", drain-phase = never, mailbx = 1 }
              other = 1
            }
            """);

        Assert.Equal(
            """
            nats-actors.publishers.eu.orders: 'eu.orders' is read as a section in a section; a publisher's name with a dot must be quoted: publishers."eu.orders"
            nats-actors.other: is not a key; known are publisher and publishers.NAME
            nats-actors.publisher.buffer.max-bites: is not a key; did you mean buffer.max-bytes?
            nats-actors.publisher.connection.connect-timeout: '5' is a number without a unit; must be a duration with a unit (ms, s, m, h, d), such as 5s
            nats-actors.publishers.orders.connection.password: is a secret and is not read from here; give it in code, or in a Setup
            nats-actors.publishers.orders.buffer.low-watermark: '0.9' must be below buffer.high-watermark (0.8)
            nats-actors.akka.mailbx: is not a key; known are akka.dispatcher, akka.drain-phase
            nats-actors.akka.dispatcher: 'no-such-dispatcher' is not a dispatcher of this system's configuration
            nats-actors.akka.drain-phase: 'never' is not a phase of akka.coordinated-shutdown.phases
            """,
            string.Join("\n", error.Violations),
            ignoreLineEndingDifferences: true);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("publishers { \"eu.orders\" { buffer.max-bytes = 1MiB } }")]
    [InlineData("publishers.\"eu.orders\".buffer.max-bytes = 1MiB")]
    public void A_quoted_name_may_have_dots(string hocon)
    {
        var read = Read($"nats-actors {{ {hocon}\n publisher.buffer.max-messages = 7 }}");

        Assert.Equal(["eu.orders", "publisher"], read.Keys.Order(StringComparer.Ordinal));
        var orders = read["eu.orders"];
        Assert.Equal(("eu.orders", 1L << 20, 7L), (orders.Name, orders.Buffer.MaxBytes, orders.Buffer.MaxMessages));
    }

    [Fact]
    public void A_quoted_name_that_has_no_value_inherits() =>
        Assert.Equal("eu.orders", Read("nats-actors.publishers { \"eu.orders\" {} }")["eu.orders"].Name);

    [Fact]
    public void Errors_spell_a_quoted_name_as_hocon_does() =>
        Assert.Equal(
            ["nats-actors.publishers.\"eu.orders\".buffer.max-bytes: '1KiB' must be at least 4KiB"],
            Refused("nats-actors.publishers.\"eu.orders\".buffer.max-bytes = 1KiB").Violations);

    [Theory]
    [InlineData("eu.orders { buffer.max-bytes = 1MiB }", "eu.orders")]
    [InlineData("eu.orders {}", "eu.orders")]
    [InlineData("eu.north.orders { connection.name = x, delivery.resend = off }", "eu.north.orders")]
    public void A_name_with_dots_and_without_quotes_is_told_once(string section, string name) =>
        Assert.Equal(
            [$"nats-actors.publishers.{name}: '{name}' is read as a section in a section; a publisher's name with a dot must be quoted: publishers.\"{name}\""],
            Refused($"nats-actors.publishers {{ {section} }}").Violations);

    [Fact]
    public void Misspelt_keys_of_a_publisher_are_not_taken_for_its_name() =>
        Assert.Equal(
            ["nats-actors.publishers.orders.bufer.max-bytes: is not a key; did you mean buffer.max-bytes?"],
            Refused("nats-actors.publishers.orders.bufer.max-bytes = 1MiB").Violations);

    [Fact]
    public void A_quoted_path_is_one_key_and_no_path() =>
        Assert.Equal(
            ["nats-actors.publisher.\"buffer.max-bytes\": is not a key; did you mean buffer.max-bytes?"],
            Refused("nats-actors.publisher { \"buffer.max-bytes\" = 1MiB }").Violations);

    [Theory]
    [InlineData("\"bad name\" { buffer.max-bytes = 1MiB }", "\"bad name\": 'bad name'")]
    [InlineData("\"bad name\" {}", "\"bad name\": 'bad name'")]
    [InlineData("\"\" {}", "\"\": ''")]
    [InlineData("\"a/b\" {}", "\"a/b\": 'a/b'")]
    [InlineData("\"größe\" {}", "größe: 'größe'")]
    [InlineData("\"a\\\"b\" {}", "\"a\\\"b\": 'a\"b'")]
    public void A_name_that_cannot_be_an_actors_is_refused_at_its_section(string section, string shown) =>
        Assert.Equal([$"nats-actors.publishers.{shown} {Name}"], Refused($"nats-actors.publishers {{ {section} }}").Violations);

    [Fact]
    public void Names_that_differ_in_case_are_two_publishers()
    {
        var read = Read("nats-actors.publishers { orders { buffer.max-messages = 1 }\n Orders { buffer.max-messages = 2 } }");

        Assert.Equal((1, 2), (read["orders"].Buffer.MaxMessages, read["Orders"].Buffer.MaxMessages));
    }

    private IReadOnlyDictionary<string, PublisherSettings> Read(string hocon) => Read(ConfigurationFactory.ParseString(hocon));

    private IReadOnlyDictionary<string, PublisherSettings> Read(Config config) =>
        HoconReader.Read(config.WithFallback(HoconReader.Reference), _system).Publishers;

    private SettingsException Refused(string hocon) => Assert.Throws<SettingsException>(() => Read(hocon));
}
