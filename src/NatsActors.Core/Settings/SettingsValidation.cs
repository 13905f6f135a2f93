namespace NatsActors;

/// <summary>Checks settings; owns the rules of every key.</summary>
internal static class SettingsValidation
{
    public static IReadOnlyList<string> Check(PublisherSettings settings)
    {
        return [];
    }
}
