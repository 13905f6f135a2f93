namespace NatsActors.Specs.Crashes;

/// <summary>Where an actor fails: at the first message of a kind that comes to it.</summary>
/// <param name="Actor">The child of the publisher.</param>
/// <param name="Kind">The type of the message.</param>
/// <param name="After">Behind the message instead of before it.</param>
public sealed record CrashPoint(string Actor, string Kind, bool After)
{
    public override string ToString() => $"{Actor}, {(After ? "after" : "before")} {Kind}";
}
