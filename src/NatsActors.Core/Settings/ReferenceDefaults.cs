namespace NatsActors;

/// <summary>The defaults, read once from the embedded reference.conf, by key below <c>nats-actors.publisher</c>.</summary>
internal static class ReferenceDefaults
{
    public static string Text(string key) => throw new NotImplementedException(key);
    public static bool Flag(string key) => throw new NotImplementedException(key);
    public static int Count(string key) => throw new NotImplementedException(key);
    public static long Size(string key) => throw new NotImplementedException(key);
    public static double Fraction(string key) => throw new NotImplementedException(key);
    public static TimeSpan Duration(string key) => throw new NotImplementedException(key);
    public static TimeSpan? OptionalDuration(string key) => throw new NotImplementedException(key);
    public static T Choice<T>(string key) where T : struct, Enum => throw new NotImplementedException(key);
    public static IReadOnlyList<string> List(string key) => throw new NotImplementedException(key);
}
