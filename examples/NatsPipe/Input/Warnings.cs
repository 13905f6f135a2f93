namespace NatsActors.Pipe;

/// <summary>Says each thing once, and not too many things.</summary>
internal sealed class Warnings(Action<string> say)
{
    public const string TooLong = "a line is longer than NatsPipe takes";

    private const int Most = 20;
    private readonly HashSet<string> _said = [];

    public void Once(string text)
    {
        if (_said.Count < Most && _said.Add(text))
        {
            say(text);
        }
    }

    /// <summary>Says why a line was refused.</summary>
    /// <returns>True when the publisher takes nothing more.</returns>
    public bool SayRefusal(PublishReply? refusal)
    {
        switch (refusal)
        {
            case Rejected { Reason: RejectReason.Closed or RejectReason.Draining }:
                return true;
            case Rejected rejected:
                Once($"a line was rejected: {rejected.Detail}");
                return false;
            default:
                return false;
        }
    }
}
