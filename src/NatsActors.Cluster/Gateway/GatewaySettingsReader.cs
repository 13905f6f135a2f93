using System.Globalization;
using Akka.Configuration;
using NatsActors.Settings;

namespace NatsActors.Cluster.Gateway;

/// <summary>Reads <c>nats-actors.gateway</c>, and checks its values: one error names every key, its value and what is allowed.</summary>
internal static class GatewaySettingsReader
{
    public const string Root = "nats-actors.gateway";

    /// <summary>With a smaller window a link waits before the session tells unasked what it has taken, and nothing flows until a ping.</summary>
    internal const int LeastWindow = 2 * GatewaySession.TellAfter;

    private const int MostWindow = 64 * 1024 * 1024;
    private const int LeastBatch = 512 * 1024;
    private const int MostBatch = 1024 * 1024 * 1024;
    private const int MostSessions = 100_000;

    private const string NameRule = "must be made of letters, digits, '-', '_' and '.'";
    private static readonly string SessionsRule = $"must be a whole number from 1 to {MostSessions}";
    private static readonly string BatchRule = SizeRule(LeastBatch, MostBatch);
    private static readonly string WindowRule = SizeRule(LeastWindow, MostWindow);

    private static readonly string[] Keys = ["role", "publisher", "max-sessions", "max-batch", "window"];

    /// <summary>The package's reference.conf for gateways, a resource of the assembly. No other file has defaults.</summary>
    public static Config Reference { get; } = PackageSection.Reference("gateway.reference.conf");

    /// <summary>The settings of a system's HOCON.</summary>
    /// <exception cref="SettingsException">One or more keys or values are not allowed; the exception lists all of them.</exception>
    public static GatewaySettings Read(Config config)
    {
        var values = HoconReader.Flatten(config.WithFallback(Reference).GetConfig(Root));
        var settings = new GatewaySettings(
            values["role"],
            values["publisher"],
            SettingsText.TryCount(values["max-sessions"], MostSessions, out var sessions, out _) ? (int)Math.Clamp(sessions, 0, int.MaxValue) : 0,
            SizeOf(values["max-batch"]),
            SizeOf(values["window"]));
        var violations = PackageSection.Unknown(Root, values.Keys, Keys)
            .Concat(Rules(settings).Where(rule => !rule.IsKept)
                .Select(rule => new SettingViolation(rule.Key, values[rule.Key], rule.Allowed).Format($"{Root}.{rule.Key}")))
            .ToList();
        return violations.Count == 0 ? settings : throw new SettingsException(violations);
    }

    private static IEnumerable<(string Key, bool IsKept, string Allowed)> Rules(GatewaySettings settings) =>
    [
        ("role", IsName(settings.Role), NameRule),
        ("publisher", IsName(settings.Publisher), NameRule),
        ("max-sessions", settings.MaxSessions is >= 1 and <= MostSessions, SessionsRule),
        ("max-batch", settings.MaxBatch is >= LeastBatch and <= MostBatch, BatchRule),
        ("window", settings.Window is >= LeastWindow and <= MostWindow, WindowRule),
    ];

    // What is no size is out of range too, and the rule is the same.
    private static int SizeOf(string text) =>
        SettingsText.TrySize(text, out var size, out _) && size is >= 0 and <= int.MaxValue ? (int)size : 0;

    private static string SizeRule(int least, int most) =>
        $"must be a size from {SettingsText.ShowSize(least)} to {SettingsText.ShowSize(most)}, such as 16MiB";

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
