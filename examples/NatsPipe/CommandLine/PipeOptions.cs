namespace NatsActors.Pipe;

/// <summary>A command line that makes sense, with the credentials that its variables held.</summary>
internal sealed record PipeOptions
{
    public required string Subject { get; init; }

    /// <summary>Null or <c>-</c> is standard input.</summary>
    public string? File { get; init; }

    /// <summary>Lines a second; null is without limit.</summary>
    public double? Rate { get; init; }

    public required TimeSpan DrainTimeout { get; init; }

    public bool Json { get; init; }

    /// <summary>The file of the journal; null for no journal.</summary>
    public string? Journal { get; init; }

    /// <summary>The file with the number of lines that are settled; null for none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>The beginning of the lines' ids; null leaves ids to the publisher.</summary>
    public string? IdPrefix { get; init; }

    public required PublisherSettings Settings { get; init; }

    public bool WaitsForRoom => Settings.Buffer.Overflow == OverflowPolicy.Wait;

    public bool ReadsStandardInput => File is null or "-";
}

/// <summary>The command cannot be carried out as it was given; the message says why and holds no credential.</summary>
internal sealed class UsageException(string message) : Exception(message);
