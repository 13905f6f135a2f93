namespace NatsActors.Crash;

public enum CrashMode
{
    /// <summary>confirm = fence: the reader is a subscriber, which may see some messages again after a kill.</summary>
    Fence,

    /// <summary>confirm = jetstream: the reader reads the stream at the end, which has every message once.</summary>
    JetStream,
}

/// <summary>The size of a run. The seed decides the settings, the loads, the state of the server and the moments of the kills.</summary>
public sealed record CrashOptions
{
    public required CrashMode Mode { get; init; }

    public required int Kills { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>A connection string of PostgreSQL for the journal; null is a SQLite file.</summary>
    public string? Postgres { get; init; }

    /// <summary>A size that takes about 20 seconds.</summary>
    public static CrashOptions ForCi(CrashMode mode) => new() { Mode = mode, Kills = 10 };

    /// <summary><c>durability.mark-bytes</c>, the same for all lives: it bounds what a kill sends twice.</summary>
    public long MarkBytes => (Seed % 3) switch { 0 => 8 << 20, 1 => 64 << 10, _ => 1 << 20 };
}
