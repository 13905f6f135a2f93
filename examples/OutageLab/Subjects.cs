namespace OutageLab;

/// <summary>The subjects of the two loads, and the streams that keep them.</summary>
internal static class Subjects
{
    public const string Actors = "lab.actors";
    public const string ActorsStream = "ACTORS";
    public const string Plain = "lab.plain";
    public const string PlainStream = "PLAIN";
}
