namespace NatsActors;

/// <summary>
/// The options of <c>WithPersistentNatsPublisher</c>. Set <see cref="JournalFile"/>, or <see cref="Journal"/>, or neither of them when
/// HOCON names the journal. The other keys of <c>durability</c> are set by HOCON or by <see cref="NatsPublisherOptions.Settings"/>.
/// </summary>
public sealed class PersistentNatsPublisherOptions : NatsPublisherOptions
{
    /// <summary>
    /// A SQLite file (<see cref="Persistence.SqliteJournal"/>), which is made when it does not exist; null for none. Its folder must
    /// exist. Several publishers may have one file. A relative path starts at the process's working directory.
    /// </summary>
    public string? JournalFile { get; set; }

    /// <summary>
    /// The path of a journal of Akka.Persistence in the system's HOCON, such as <c>akka.persistence.journal.sql</c>; null takes
    /// <c>durability.journal</c> of the publisher's HOCON, and then <c>akka.persistence.journal.plugin</c>.
    /// </summary>
    public string? Journal { get; set; }
}
