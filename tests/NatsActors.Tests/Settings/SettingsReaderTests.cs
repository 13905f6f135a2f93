using Akka.Configuration;
using NatsActors.Connection;
using NatsActors.Settings;
using NatsActors.Testing;

namespace NatsActors.Tests.Settings;

public sealed class SettingsReaderTests
{
    private static readonly SettingsSource Hocon = SettingsSource.Hocon("nats-actors.publishers.orders");
    private static readonly SettingsSource Configuration = SettingsSource.Configuration("Nats:Orders");

    private static PublisherSettings Read(SettingsSource source, params (string Path, string? Text)[] values) =>
        SettingsReader.Read("orders", values.Select(value => KeyValuePair.Create(value.Path, value.Text)), source);

    private static IReadOnlyList<string> Violations(SettingsSource source, params (string Path, string? Text)[] values) =>
        Assert.Throws<SettingsException>(() => Read(source, values)).Violations;

    [Theory]
    [InlineData("buffer.max-bytes")]
    [InlineData("Buffer:MaxBytes")]
    [InlineData("BUFFER:MAX_BYTES")]
    [InlineData("buffer:maxbytes")]
    public void A_key_is_read_in_the_spelling_of_hocon_and_of_configuration(string path)
    {
        Assert.Equal(1L << 30, Read(Configuration, (path, "1GiB")).Buffer.MaxBytes);
    }

    [Fact]
    public void What_is_not_given_keeps_its_default_and_the_name_is_set()
    {
        var settings = Read(Hocon, ("buffer.time-to-live", "10m"), ("connection", null));

        Assert.Equal("orders", settings.Name);
        Assert.Equal(TimeSpan.FromMinutes(10), settings.Buffer.TimeToLive);
        Assert.Equal(new PublisherSettings().Delivery, settings.Delivery);
    }

    [Fact]
    public void Servers_are_read_by_index_in_numeric_order()
    {
        var values = Enumerable.Range(0, 12).Reverse().Select(i => ($"Connection:Servers:{i}", (string?)$"nats://s{i}")).ToArray();

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"nats://s{i}"), Read(Configuration, values).Connection.Servers);
    }

    [Fact]
    public void Servers_are_read_from_one_text_with_commas()
    {
        Assert.Equal(["nats://a", "tls://b:4333"], Read(Hocon, ("connection.servers", "nats://a, tls://b:4333")).Connection.Servers);
    }

    [Fact]
    public void Every_violation_stands_in_one_error_with_the_path_and_the_value_as_given()
    {
        var error = Assert.Throws<SettingsException>(() => Read(
            Configuration,
            ("Buffer:MaxBytes", "64"),
            ("buffer:max-mesages", "10"),
            ("Buffer:Overflow", "drop"),
            ("Delivery:ConfirmTimeout", "0s"),
            ("Connection:Backoff:Min", "20s"),
            ("Connection:Servers:0", "nats://ok"),
            ("Connection:Servers:1", "http://user:s3cret@host"),
            ("Buffer:LowWatermark", "1.5"),
            ("MaxMessages", "5")));

        Assert.Equal(
            """
            Settings are not valid:
              Nats:Orders:buffer:max-mesages: is not a key; did you mean buffer.max-messages?
              Nats:Orders:MaxMessages: is not a key; did you mean buffer.max-messages?
              Nats:Orders:Buffer:MaxBytes: '64' is a number without a unit; must be a size with a unit (B, KiB, MiB, GiB), such as 64MiB
              Nats:Orders:Buffer:Overflow: 'drop' must be one of reject, wait, drop-oldest
              Nats:Orders:connection:servers:1: the scheme is unknown; must be host[:port] behind nats://, tls://, ws:// or wss://
              Nats:Orders:Buffer:LowWatermark: '1.5' must be above 0 and at most 1
              Nats:Orders:Delivery:ConfirmTimeout: '0s' must be from 1ms to 24d
              Nats:Orders:Connection:Backoff:Min: '20s' must not be above connection.backoff.max (1s)
            """.ReplaceLineEndings(),
            error.Message);
    }

    [Fact]
    public void A_value_that_cannot_be_read_leads_to_no_second_violation()
    {
        Assert.Equal(
            ["nats-actors.publishers.orders.buffer.high-watermark: 'much' must be a fraction, such as 0.8"],
            Violations(Hocon, ("buffer.high-watermark", "much"), ("buffer.low-watermark", "0.9")));
    }

    [Fact]
    public void A_rule_that_a_default_breaks_names_the_key_that_was_not_given()
    {
        Assert.Equal(
            ["nats-actors.publishers.orders.connection.backoff.min: '1s' must not be above connection.backoff.max (50ms)"],
            Violations(Hocon, ("connection.backoff.max", "50ms")));
    }

    [Theory]
    [InlineData("conection.name", "did you mean connection.name?")]
    [InlineData("connection.ca-file", "did you mean connection.tls.ca-file?")]
    [InlineData("buffer.ttl.something-else", null)]
    public void An_unknown_key_is_refused_with_the_nearest_known_one(string path, string? hint)
    {
        Assert.Equal(
            [$"nats-actors.publishers.orders.{path}: is not a key" + (hint is null ? "" : "; " + hint)],
            Violations(Hocon, (path, "1")));
    }

    [Fact]
    public void A_journal_is_read_from_hocon_and_from_configuration()
    {
        var hocon = Read(
            Hocon, ("durability.journal", "akka.persistence.journal.sql"), ("durability.pages-in-flight", "4"), ("durability.on-damage", "skip"));
        var configuration = Read(
            Configuration, ("Durability:Journal", "akka.persistence.journal.sql"), ("Durability:PagesInFlight", "4"), ("Durability:OnDamage", "Skip"));

        Assert.Equal(new DurabilitySettings { Journal = "akka.persistence.journal.sql", PagesInFlight = 4, OnDamage = DamagePolicy.Skip }, hocon.Durability);
        Assert.Equal(hocon.Durability, configuration.Durability);
    }

    [Fact]
    public void Wrong_values_of_a_journal_are_named_with_what_is_allowed()
    {
        Assert.Equal(
            [
                "Nats:Orders:Durability:PageBytes: '128' is a number without a unit; must be a size with a unit (B, KiB, MiB, GiB), such as 64MiB",
                "Nats:Orders:Durability:OnDamage: 'ignore' must be one of stop, skip",
                "Nats:Orders:Durability:Journal: 'akka.persistence.journal.sql' needs delivery.resend = on: what a process before had sent and not marked has to be sent again",
            ],
            Violations(
                Configuration, ("Durability:Journal", "akka.persistence.journal.sql"), ("Delivery:Resend", "off"), ("Durability:PageBytes", "128"),
                ("Durability:OnDamage", "ignore")));
        Assert.Equal(
            ["nats-actors.publishers.orders.durability.retry-min: '200ms' must not be above durability.retry-max (100ms)"],
            Violations(Hocon, ("durability.retry-max", "100ms")));
        Assert.Equal(
            ["nats-actors.publishers.orders.durability.journl: is not a key; did you mean durability.journal?"],
            Violations(Hocon, ("durability.journl", "x")));
    }

    [Fact]
    public void A_key_given_in_two_spellings_is_refused()
    {
        Assert.Equal(
            ["Nats:Orders:buffer:max-bytes: is given twice, also as Nats:Orders:Buffer:MaxBytes"],
            Violations(Configuration, ("Buffer:MaxBytes", "1MiB"), ("buffer:max-bytes", "2MiB")));
    }

    [Fact]
    public void A_list_given_as_a_text_and_by_element_is_refused()
    {
        Assert.Equal(
            ["Nats:Orders:Connection:Servers: is given both as one text and element by element"],
            Violations(Configuration, ("Connection:Servers", "a,b"), ("Connection:Servers:0", "c")));
    }

    [Fact]
    public void An_empty_list_of_servers_is_refused()
    {
        Assert.Equal(
            ["nats-actors.publishers.orders.connection.servers: must name at least one server, such as nats://127.0.0.1:4222"],
            Violations(Hocon, ("connection.servers", "")));
    }

    [Fact]
    public void User_and_password_or_a_token_are_read_from_configuration()
    {
        var user = Read(Configuration, ("Connection:User", "u"), ("Connection:Password", "p")).Connection.Credentials;
        var token = Read(Configuration, ("Connection:Token", "t")).Connection.Credentials;

        Assert.Equal(("u", "p", null), (user.User, user.Password, user.Token));
        Assert.Equal((null, null, "t"), (token.User, token.Password, token.Token));
    }

    [Theory]
    [InlineData("connection.user")]
    [InlineData("connection.password")]
    [InlineData("connection.token")]
    public void A_secret_in_hocon_is_refused_and_not_shown(string path)
    {
        Assert.Equal(
            [$"nats-actors.publishers.orders.{path}: is a secret and is not read from here; give it in code, or in a Setup"],
            Violations(Hocon, (path, "s3cret")));
    }

    [Theory]
    [InlineData("Token Password", "Nats:Orders:Connection:Token: excludes connection.user and connection.password")]
    [InlineData("Token User", "Nats:Orders:Connection:Token: excludes connection.user and connection.password")]
    [InlineData("Password", "Nats:Orders:Connection:Password: needs connection.user, which must not be empty")]
    [InlineData("User", "Nats:Orders:Connection:User: needs connection.password")]
    public void Credentials_that_do_not_fit_together_are_refused_and_not_shown(string given, string violation)
    {
        var values = given.Split(' ').Select(key => ($"Connection:{key}", (string?)"s3cret")).ToArray();

        Assert.Equal([violation], Violations(Configuration, values));
    }

    [Theory]
    [InlineData("Connection:Pasword", "s3cret")]
    [InlineData("Connection:Servers:0", "nats://user:s3cret")]
    [InlineData("Connection:Servers:0", "user:s3cret://x@host")]
    [InlineData("Connection:Servers:0", "nats://user:s3cret:4222")]
    [InlineData("Connection:Servers", "nats://user:s3cret/host")]
    [InlineData("Connection:Token:Extra", "s3cret")]
    public void No_error_shows_what_may_be_a_secret(string path, string text)
    {
        var error = Assert.Throws<SettingsException>(() => Read(Configuration, (path, text)));

        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Credentials_never_show_in_the_text_of_settings()
    {
        var settings = Read(
            Configuration, ("Connection:User", "u5er"), ("Connection:Password", "s3cret"), ("Connection:Servers", "nats://u5er:s3cret@h"));

        Assert.DoesNotContain("s3cret", settings.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("u5er", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_of_several_lines_stays_on_its_own_line()
    {
        Assert.Equal(
            ["nats-actors.publishers.orders.buffer.overflow: 'a b' must be one of reject, wait, drop-oldest"],
            Violations(Hocon, ("buffer.overflow", "a\nb")));
    }

    [Fact]
    public void Publishers_inherit_from_the_common_section()
    {
        var read = SettingsReader.ReadAll(
            new Dictionary<string, string?>
            {
                ["Publisher:Buffer:MaxBytes"] = "1MiB",
                ["Publisher:Connection:Token"] = "t",
                ["Publishers:Orders:Buffer:MaxMessages"] = "10",
                ["Publishers:Audit.Log:Buffer:MaxBytes"] = "2MiB",
            },
            SettingsSource.Configuration("Nats"));

        Assert.Equal(["Audit.Log", "Orders", "publisher"], read.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("Orders", 1L << 20, 10L), (read["Orders"].Name, read["Orders"].Buffer.MaxBytes, read["Orders"].Buffer.MaxMessages));
        Assert.Equal("t", read["Orders"].Connection.Credentials.Token);
        Assert.Equal(2L << 20, read["Audit.Log"].Buffer.MaxBytes);
    }

    [Fact]
    public void All_publishers_are_reported_in_one_error_and_what_is_inherited_only_once()
    {
        var error = Assert.Throws<SettingsException>(() => SettingsReader.ReadAll(
            new Dictionary<string, string?>
            {
                ["publisher.delivery.poison-after"] = "0",
                ["publishers.orders.buffer.max-bytes"] = "1KiB",
                ["publishers.bad name.buffer.max-bytes"] = "1MiB",
                ["publsher.buffer.max-bytes"] = "1MiB",
            },
            SettingsSource.Hocon("nats-actors")));

        Assert.Equal(
            [
                "nats-actors.publsher.buffer.max-bytes: is not a key; known are publisher and publishers.NAME",
                "nats-actors.publisher.delivery.poison-after: '0' must be at least 1",
                "nats-actors.publishers.bad name: 'bad name' must be made of letters, digits, '-', '_' and '.'",
                "nats-actors.publishers.orders.buffer.max-bytes: '1KiB' must be at least 4KiB",
            ],
            error.Violations);
    }

    [Theory]
    [InlineData("edge-device.conf", "readings")]
    [InlineData("high-throughput.conf", "firehose")]
    [InlineData("tls-client-certificates.conf", "orders")]
    [InlineData("credentials-file.conf", "orders")]
    [InlineData("jetstream.conf", "ledger")]
    public void A_sample_is_valid_and_every_key_that_it_gives_differs_from_the_default(string file, string publisher)
    {
        var given = HoconReader.Flatten(ConfigurationFactory.ParseString(File.ReadAllText(Repository.PathTo("hocon", file))));
        const string Root = "nats-actors.";
        Assert.All(given, pair => Assert.StartsWith($"{Root}publishers.{publisher}.", pair.Key, StringComparison.Ordinal));

        var read = SettingsReader.ReadAll(
            given.Select(pair => KeyValuePair.Create(pair.Key[Root.Length..], (string?)pair.Value)), SettingsSource.Hocon("nats-actors"));

        var defaults = new PublisherSettings();
        Assert.All(
            SettingsKeys.All.Where(key => given.Any(pair => pair.Key.EndsWith("." + key.Path, StringComparison.Ordinal))),
            key => Assert.NotEqual(key.Show(defaults), key.Show(read[publisher])));
    }

    [Fact]
    public void Every_sample_is_tested()
    {
        Assert.Equal(6, Directory.GetFiles(Repository.PathTo("hocon"), "*.conf").Length);
    }
}
