using Akka.Configuration;
using Akka.Persistence.Sql;
using NatsActors.Persistence;

namespace NatsActors.Crash;

/// <summary>How a life publishes.</summary>
internal enum LoadKind
{
    /// <summary>One message after the other, about a hundred a second.</summary>
    Trickle,

    /// <summary>Hundreds of single messages at once, then a pause.</summary>
    Bursts,

    /// <summary>Batches of 256, one after the other.</summary>
    Batches,

    /// <summary>Several batches at once until the buffer is full.</summary>
    Flood,
}

/// <summary>What a life is started with; the seed and the number of the life decide the rest.</summary>
internal sealed record LifeOptions(string Folder, int Life, int Seed, CrashMode Mode, string Server, long MarkBytes, string? Postgres)
{
    /// <summary>Publishes nothing and only sends what the journal has.</summary>
    public bool OnlySends { get; init; }

    /// <summary>The SQLite file of the journal.</summary>
    public static string JournalIn(string folder) => Path.Combine(folder, "journal.db");

    public Random Random() => new((Seed * 10_007) + Life);

    public NatsPublisher Start(Action<NatsEvent> onEvent)
    {
        var settings = Settings(Random());
        return Postgres is null
            ? PersistentNatsPublisher.Start(settings, JournalIn(Folder), onEvent: onEvent)
            : PersistentNatsPublisher.Start(
                settings with { Durability = settings.Durability with { Journal = "akka.persistence.journal.sql" } }, PostgresJournal(Postgres),
                onEvent: onEvent);
    }

    private PublisherSettings Settings(Random random) => new()
    {
        // The folder's name is the run's own.
        Name = Path.GetFileName(Folder),
        Connection = new ConnectionSettings
        {
            Servers = [Server],
            ConnectTimeout = TimeSpan.FromSeconds(1),
            PingInterval = TimeSpan.FromSeconds(1),
            DiscoverServers = false,
            Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(250) },
        },
        Buffer = new BufferSettings { MaxBytes = 8 << 20, MaxMessages = 20_000, Overflow = OverflowPolicy.Reject },
        Delivery = new DeliverySettings
        {
            Confirm = Mode == CrashMode.Fence ? ConfirmMode.Fence : ConfirmMode.JetStream,
            ConfirmTimeout = TimeSpan.FromSeconds(2),
        },
        JetStream = new JetStreamSettings
        {
            MaxInFlightMessages = Pick(random, 16, 256, 4000),
            StrictOrder = true,
            RetryAttempts = 1000,
            RetryMin = TimeSpan.FromMilliseconds(20),
            RetryMax = TimeSpan.FromMilliseconds(100),
        },
        Durability = new DurabilitySettings
        {
            PageBytes = Pick(random, 1 << 10, 16 << 10, 128 << 10),
            PagesInFlight = Pick(random, 1, 4, 16),
            MarkBytes = MarkBytes,
            MarkDelay = TimeSpan.FromMilliseconds(Pick(random, 10, 100)),
        },
    };

    private static int Pick(Random random, params ReadOnlySpan<int> choices) => choices[random.Next(choices.Length)];

    private static Config PostgresJournal(string connection) => ConfigurationFactory.ParseString(
        $$"""
        akka.persistence.journal.sql {
          class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
          provider-name = "PostgreSQL.15"
          connection-string = "{{connection}}"
          auto-initialize = true
        }
        """).WithFallback(SqlPersistence.DefaultConfiguration);
}
