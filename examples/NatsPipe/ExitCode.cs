namespace NatsActors.Pipe;

/// <summary>The exit statuses.</summary>
internal static class ExitCode
{
    /// <summary>Every line that was read was delivered or stored.</summary>
    public const int Complete = 0;

    /// <summary>At least one was not.</summary>
    public const int Incomplete = 1;

    /// <summary>The command cannot be carried out as it was given.</summary>
    public const int Usage = 2;
}
