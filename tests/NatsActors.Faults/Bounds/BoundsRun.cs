namespace NatsActors.Faults;

public sealed record BoundsReport(IReadOnlyList<string> Broken);

public static class BoundsRun
{
    public static Task<BoundsReport> RunAsync(TimeSpan duration) => throw new NotSupportedException($"{duration}");
}
