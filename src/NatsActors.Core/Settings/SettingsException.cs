namespace NatsActors;

/// <summary>Settings that are not allowed: every violation, each with its key, its value and what is allowed.</summary>
public sealed class SettingsException : Exception
{
    /// <summary>Creates the error for <paramref name="violations"/>.</summary>
    public SettingsException(IReadOnlyList<string> violations)
        : base("Settings are not valid:" + string.Concat(violations.Select(violation => $"{Environment.NewLine}  {violation}")))
    {
        Violations = violations;
    }

    /// <summary>One line for each violation.</summary>
    public IReadOnlyList<string> Violations { get; }
}
