namespace NatsActors.Pipe;

/// <summary>The exit statuses.</summary>
internal static class ExitCode
{
    /// <summary>Every line that was read was delivered or stored.</summary>
    public const int Complete = 0;

    /// <summary>At least one line was lost: it was neither delivered, nor stored, nor kept.</summary>
    public const int Incomplete = 1;

    /// <summary>The command cannot be carried out as it was given.</summary>
    public const int Usage = 2;

    /// <summary>No line was lost. Lines are left in the journal, and the next run with it sends them.</summary>
    public const int Kept = 3;
}
