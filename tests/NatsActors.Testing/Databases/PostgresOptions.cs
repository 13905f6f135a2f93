namespace NatsActors.Testing.Databases;

/// <summary>How to run a PostgreSQL cluster.</summary>
public sealed record PostgresOptions
{
    /// <summary>Whether commits reach the disk before they are answered; default on, as in PostgreSQL.</summary>
    public bool Fsync { get; init; } = true;

    /// <summary>Further settings of the server by name, as in <c>postgresql.conf</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How long the server may take to start, or to end.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);
}
