namespace NatsActors;

/// <summary>Settings are not valid. The message lists every violation with its key, its value and the allowed values.</summary>
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
