namespace NatsActors.Demo;

/// <summary>What is piped: a text file whose every line starts with its number.</summary>
internal sealed record DemoInput(string PipeProgram, string File, IReadOnlyList<string> Lines)
{
    public const string Subject = "demo.lines";
    public const int LinesPerSecond = 20_000;
    private static readonly long Start = TimeProvider.System.GetTimestamp();

    /// <summary>How many lines a share of the whole is.</summary>
    public int Share(double share) => (int)(Lines.Count * share);

    public static void Say(string text) =>
        Console.WriteLine(FormattableString.Invariant($"[{TimeProvider.System.GetElapsedTime(Start).TotalSeconds,5:0.0}s] {text}"));
}
