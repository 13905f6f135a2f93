using System.Globalization;
using Akka.Configuration;
using NatsActors.Settings;

namespace NatsActors.Cluster.Sharding;

/// <summary>The settings of <c>nats-actors.sharding</c>.</summary>
internal sealed record ShardingSettings(string Role, int NumberOfShards, TimeSpan IdleAfter, TimeSpan HandOffTime, TimeSpan RestartAfter)
{
    private const string Root = "nats-actors.sharding";
    private const string Shutdown = "akka.coordinated-shutdown.phases.cluster-sharding-shutdown-region.timeout";
    private const string HandOff = "akka.cluster.sharding.handoff-timeout";
    private const int MostShards = 100_000;

    // Akka.Cluster.Sharding stops what is left 5 s before the end of its time, and 1 s is for the way.
    private static readonly TimeSpan HandOffMargin = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan ShutdownMargin = TimeSpan.FromSeconds(1);

    private static readonly string[] Keys = ["role", "number-of-shards", "idle-after", "hand-off-time", "restart-after"];

    /// <summary>The package's reference.conf for sharded publishers, a resource of the assembly. No other file has defaults.</summary>
    public static Config Reference { get; } = PackageSection.Reference("sharding.reference.conf");

    /// <summary>The settings of a system's HOCON, changed by options and checked.</summary>
    /// <exception cref="SettingsException">One or more keys or values are not allowed; the exception lists all of them.</exception>
    public static ShardingSettings Read(Config config, ShardedPublisherOptions options)
    {
        var values = HoconReader.Flatten(config.WithFallback(Reference).GetConfig(Root));
        var settings = new ShardingSettings(
            options.Role ?? values["role"],
            options.NumberOfShards ?? Count(values["number-of-shards"]),
            options.IdleAfter ?? Duration(values["idle-after"]),
            options.HandOffTime ?? Duration(values["hand-off-time"]),
            Duration(values["restart-after"]));
        var violations = PackageSection.Unknown(Root, values.Keys, Keys)
            .Concat(settings.Violations(config).Select(violation =>
                new SettingViolation(violation.Key, Shown(violation.Key, options) ?? values[violation.Key], violation.Allowed)
                    .Format($"{Root}.{violation.Key}")))
            .ToList();
        return violations.Count == 0 ? settings : throw new SettingsException(violations);
    }

    /// <summary>The value of an option; null when the option leaves the key to HOCON.</summary>
    private static string? Shown(string key, ShardedPublisherOptions options) => key switch
    {
        "role" => options.Role,
        "number-of-shards" => options.NumberOfShards?.ToString(CultureInfo.InvariantCulture),
        "idle-after" => options.IdleAfter is { } time ? SettingsText.Show(time) : null,
        "hand-off-time" => options.HandOffTime is { } time ? SettingsText.Show(time) : null,
        _ => null,
    };

    private IEnumerable<(string Key, string Allowed)> Violations(Config config)
    {
        if (Role.Length > 0 && ShardKey.FaultOf(Role) is { } fault)
        {
            yield return ("role", fault);
        }

        if (NumberOfShards is < 1 or > MostShards)
        {
            yield return ("number-of-shards", $"must be a whole number from 1 to {MostShards}");
        }

        foreach (var (key, value) in new[] { ("idle-after", IdleAfter), ("hand-off-time", HandOffTime), ("restart-after", RestartAfter) })
        {
            if (value < TimeSpan.FromMilliseconds(1))
            {
                yield return (key, "must be a duration of at least 1ms, such as 5s");
            }
        }

        foreach (var (path, margin) in new[] { (Shutdown, ShutdownMargin), (HandOff, HandOffMargin) })
        {
            if (config.GetTimeSpan(path, Timeout.InfiniteTimeSpan) is { Ticks: > 0 } limit && HandOffTime > limit - margin)
            {
                yield return (
                    "hand-off-time", $"must be at most {SettingsText.Show(limit - margin)}, because {path} is {SettingsText.Show(limit)}");
            }
        }
    }

    // What is no number or no duration is out of range too, and the rule is the same.
    private static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    private static TimeSpan Duration(string text) => SettingsText.TryDuration(text, out var value, out _) ? value : TimeSpan.Zero;
}
