using System.Text.RegularExpressions;
using NatsActors.Connection;
using NatsActors.Settings;

namespace NatsActors.Tests.Settings;

public sealed class ReferenceDefaultsTests
{
    private static IEnumerable<string> ReferenceKeys =>
        ReferenceDefaults.All.Keys.Select(key => Regex.Replace(key, @"\.\d+$", "")).Distinct();

    public static TheoryData<string> TableKeys => [.. SettingsKeys.All.Select(key => key.Path)];

    [Theory]
    [MemberData(nameof(TableKeys))]
    public void Settings_made_in_code_have_the_default_of_reference_conf(string path)
    {
        var key = SettingsKeys.All.Single(key => key.Path == path);
        string[] texts = key.IsList ? [.. ReferenceDefaults.List(path)] : [ReferenceDefaults.Text(path)];
        var read = Scrambled;

        Assert.True(key.TryApply(texts, ref read, out _));

        Assert.Equal(key.Show(new PublisherSettings()), key.Show(read));
        if (!key.IsList && texts[0].Length > 0)
        {
            Assert.NotEqual(key.Show(Scrambled), key.Show(read));
        }
    }

    [Fact]
    public void Every_key_of_reference_conf_is_in_the_table_in_the_same_place_and_the_other_way_round()
    {
        Assert.Equal(ReferenceKeys, SettingsKeys.All.Select(key => key.Path));
    }

    [Fact]
    public void Every_property_has_a_key_and_the_other_way_round()
    {
        var properties = Leaves(typeof(PublisherSettings), "")
            .Where(path => path is not ("name" or "connection.credentials"));

        Assert.Equal(SettingsKeys.All.Select(key => key.Path).Order(), properties.Order());
    }

    [Fact]
    public void The_defaults_are_valid()
    {
        Assert.Empty(SettingsValidation.Check(new PublisherSettings()));
    }

    [Theory]
    [InlineData("buffer.max-bytes", "64MiB")]
    [InlineData("buffer.max-messages", "1000000")]
    [InlineData("buffer.time-to-live", "off")]
    [InlineData("connection.backoff.min", "1s")]
    [InlineData("connection.backoff.max", "1s")]
    [InlineData("connection.backoff.authorization", "10s")]
    [InlineData("connection.servers", "nats://127.0.0.1:4222")]
    [InlineData("delivery.confirm", "fence")]
    [InlineData("buffer.high-watermark", "0.8")]
    public void A_default_is_what_users_rely_on(string path, string value)
    {
        Assert.Equal(value, SettingsKeys.All.Single(key => key.Path == path).Show(new PublisherSettings()));
    }

    [Fact]
    public void A_key_that_reference_conf_lacks_is_named()
    {
        var error = Assert.Throws<InvalidOperationException>(() => ReferenceDefaults.Text("buffer.max-byte"));

        Assert.Equal("reference.conf has no key nats-actors.publisher.buffer.max-byte.", error.Message);
    }

    // Settings that differ from the defaults in every key that the test changes back.
    private static PublisherSettings Scrambled
    {
        get
        {
            var day = TimeSpan.FromDays(3);
            return new PublisherSettings
            {
                Connection = new ConnectionSettings
                {
                    Servers = ["nats://elsewhere:1"], Name = "x", InboxPrefix = "x", ConnectTimeout = day,
                    PingInterval = day, DiscoverServers = false, RandomizeServers = false, MaxInFlightBytes = 7,
                    AuthorizationError = AuthorizationErrorPolicy.Stop,
                    Backoff = new BackoffSettings { Min = day, Max = day, Authorization = day, MaxAttempts = 77 },
                    Tls = new TlsSettings { Mode = TlsMode.Require, InsecureSkipVerify = true },
                },
                Buffer = new BufferSettings
                {
                    MaxBytes = 7, MaxMessages = 7, Overflow = OverflowPolicy.DropOldest, WaitTimeout = day,
                    WaitMaxMessages = 7, WaitMaxBytes = 7, HighWatermark = 0.11, LowWatermark = 0.12,
                    TimeToLive = day,
                },
                Delivery = new DeliverySettings
                {
                    Confirm = ConfirmMode.None, ConfirmTimeout = day, Resend = false, ReplayRate = 77, PoisonAfter = 77,
                },
                JetStream = new JetStreamSettings
                {
                    MaxInFlightMessages = 7, MaxInFlightBytes = 7, RetryAttempts = 77, RetryMin = day, RetryMax = day,
                    DuplicateWindow = day, StrictOrder = true,
                },
                Durability = new DurabilitySettings
                {
                    Journal = "x", PersistenceId = "x", PageBytes = 7, PagesInFlight = 77, MarkBytes = 7, MarkDelay = day, RetryMin = day,
                    RetryMax = day, OnDamage = DamagePolicy.Skip,
                },
            };
        }
    }

    private static IEnumerable<string> Leaves(Type type, string prefix) => type.GetProperties().SelectMany(property =>
    {
        var name = property.Name == nameof(PublisherSettings.JetStream) ? "jetstream" : SettingsText.Kebab(property.Name);
        return property.PropertyType.Name.EndsWith("Settings", StringComparison.Ordinal)
            ? Leaves(property.PropertyType, $"{prefix}{name}.")
            : [prefix + name];
    });
}
