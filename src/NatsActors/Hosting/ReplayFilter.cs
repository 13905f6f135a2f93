using Akka.Configuration;
using NatsActors.Settings;

namespace NatsActors.Hosting;

/// <summary>
/// The replay filter of Akka.Persistence drops events of a writer that comes behind a newer one. Akka.Persistence.Sql names its journal as
/// the writer, one for each actor system: events of a publisher that has come back to a node where it was before are dropped, and with them
/// what has been answered <see cref="Ack"/>.
/// </summary>
internal static class ReplayFilter
{
    private const string Fallback = "akka.persistence.journal-plugin-fallback";
    private const string Mode = "replay-filter.mode";
    private const string Off = "off";

    /// <summary>Checks the filter of a journal that several nodes use.</summary>
    /// <exception cref="SettingsException">It is not off.</exception>
    public static void Check(Config config, string journal)
    {
        var mode = config.GetString($"{journal}.{Mode}") ?? config.GetString($"{Fallback}.{Mode}");
        if (mode is not (null or Off))
        {
            var violation = new SettingViolation(
                Mode, mode, "must be off for sharded publishers: the filter drops what a key's publisher has written that comes back to a node");
            throw new SettingsException([violation.Format($"{journal}.{Mode}")]);
        }
    }

    /// <summary>The cause of a failure: events that are in a journal were not read.</summary>
    public static string Dropped(string journal, long first, long last) =>
        $"its events {first} to {last} are there and were not read; set {journal}.{Mode} = {Off}, and start the actor system anew";
}
