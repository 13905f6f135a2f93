using System.Globalization;

namespace NatsActors.Cluster.Nodes;

/// <summary>Names a message by its sender, which is a node in one of its lives, its key, and its number, from 1 by sender and key.</summary>
public readonly record struct Stamp(string Sender, string Key, int Number)
{
    public const string Prefix = "cluster.";

    public string Subject => Prefix + Key;

    public Publish ToMessage() => Publish.Text(Subject, ToString()) with { Id = ToString(), CorrelationId = ToString(), WantsOutcome = true };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sender}|{Key}|{Number}");

    public static Stamp Parse(string text)
    {
        var parts = text.Split('|');
        return new Stamp(parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}
