using System.Globalization;
using Akka.Configuration;
using NatsActors.Settings;

namespace NatsActors.Cluster.Gateway;

/// <summary>Reads <c>nats-actors.gateway</c>, and checks its values: one error names every key, its value and what is allowed.</summary>
internal static class GatewaySettingsReader
{
    public const string Root = "nats-actors.gateway";

    private const int LeastWindow = 64 * 1024;
    private const int MostWindow = 64 * 1024 * 1024;
    private const int LeastBatch = 512 * 1024;
    private const int MostBatch = 1024 * 1024 * 1024;
    private const int MostSessions = 100_000;

    private const string NameRule = "must be made of letters, digits, '-', '_' and '.'";
    private static readonly string SessionsRule = $"must be a whole number from 1 to {MostSessions}";
    private static readonly string BatchRule = SizeRule(LeastBatch, MostBatch);
    private static readonly string WindowRule = SizeRule(LeastWindow, MostWindow);

    private static readonly string[] Keys = ["role", "publisher", "max-sessions", "max-batch", "window"];

    /// <summary>The settings of a system's HOCON.</summary>
    /// <exception cref="SettingsException">One or more keys or values are not allowed; the exception lists all of them.</exception>
    public static GatewaySettings Read(Config config) => ReadComplete(config.WithFallback(GatewayReference.Config));

    /// <summary>The settings of HOCON that has every key.</summary>
    public static GatewaySettings ReadComplete(Config config)
    {
        var values = HoconReader.Flatten(config.GetConfig(Root));
        var violations = PackageSection.Unknown(Root, values.Keys, Keys).ToList();
        var settings = new GatewaySettings(
            values["role"],
            values["publisher"],
            SettingsText.TryCount(values["max-sessions"], MostSessions, out var sessions, out _) ? (int)sessions : 0,
            SizeOf(values["max-batch"]),
            SizeOf(values["window"]));
        violations.AddRange(Violations(settings, key => values[key]).Select(violation => violation.Format($"{Root}.{violation.Path}")));
        return violations.Count == 0 ? settings : throw new SettingsException(violations);
    }

    /// <summary>The violations of settings made in code.</summary>
    public static IReadOnlyList<string> Check(GatewaySettings settings) =>
        [.. Violations(settings, _ => null).Select(violation => violation.Format($"{Root}.{violation.Path}"))];

    private static IEnumerable<SettingViolation> Violations(GatewaySettings settings, Func<string, string?> given)
    {
        if (!IsName(settings.Role))
        {
            yield return new("role", given("role") ?? settings.Role ?? "", NameRule);
        }

        if (!IsName(settings.Publisher))
        {
            yield return new("publisher", given("publisher") ?? settings.Publisher ?? "", NameRule);
        }

        if (settings.MaxSessions is < 1 or > MostSessions)
        {
            yield return new("max-sessions", given("max-sessions") ?? settings.MaxSessions.ToString(CultureInfo.InvariantCulture), SessionsRule);
        }

        if (settings.MaxBatch is < LeastBatch or > MostBatch)
        {
            yield return new("max-batch", given("max-batch") ?? SettingsText.ShowSize(settings.MaxBatch), BatchRule);
        }

        if (settings.Window is < LeastWindow or > MostWindow)
        {
            yield return new("window", given("window") ?? SettingsText.ShowSize(settings.Window), WindowRule);
        }
    }

    // What is no size is out of range too, and the rule is the same.
    private static int SizeOf(string text) =>
        SettingsText.TrySize(text, out var size, out _) && size is >= 0 and <= int.MaxValue ? (int)size : 0;

    private static string SizeRule(int least, int most) =>
        $"must be a size from {SettingsText.ShowSize(least)} to {SettingsText.ShowSize(most)}, such as 16MiB";

    private static bool IsName(string? name) =>
        !string.IsNullOrEmpty(name) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
