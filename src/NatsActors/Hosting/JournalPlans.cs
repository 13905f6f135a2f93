using System.Reflection;
using Akka.Actor;
using NatsActors.Actors;
using NatsActors.Settings;

namespace NatsActors.Hosting;

/// <summary>Finds what keeps a publisher's buffer in a journal: the package NatsActors.Persistence, when <c>durability.journal</c> asks for it.</summary>
internal static class JournalPlans
{
    private const string Implementation = "NatsActors.Persistence.JournalPlan, NatsActors.Persistence";

    /// <summary>The plan of a publisher; null without a journal.</summary>
    /// <exception cref="SettingsException">The package or the journal's section is missing.</exception>
    public static IJournalPlan? For(PublisherSettings settings, ActorSystem system)
    {
        var journal = settings.Durability.Journal;
        if (journal.Length == 0)
        {
            return null;
        }

        var type = Type.GetType(Implementation) ?? throw Violation(journal, "needs the package NatsActors.Persistence");
        return system.Settings.Config.HasPath(journal)
            ? (IJournalPlan)Activator.CreateInstance(type, BindingFlags.DoNotWrapExceptions | BindingFlags.Public | BindingFlags.Instance, null, [system, journal], null)!
            : throw Violation(journal, "must be the path of a journal of Akka.Persistence in the system's HOCON, such as akka.persistence.journal.sql");
    }

    private static SettingsException Violation(string journal, string allowed) =>
        new([new SettingViolation("durability.journal", journal, allowed).Format("durability.journal")]);
}
