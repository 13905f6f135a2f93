using System.Text;

namespace NatsActors.Testing;

/// <summary>A message as a subscriber got it.</summary>
public sealed record ReceivedMessage(
    string Subject, byte[] Payload, IReadOnlyList<KeyValuePair<string, string>> Headers, string? ReplyTo, int Status = 0)
{
    /// <summary>The payload as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>A message as a stream stored it.</summary>
public sealed record StoredMessage(
    long Sequence, string Subject, byte[] Payload, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    /// <summary>The payload as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Payload);
}

/// <summary>What a stream says of itself.</summary>
public sealed record StreamState(long Messages, long FirstSequence, long LastSequence);

/// <summary>One replica's copy of a stream.</summary>
/// <param name="Node">The server that has it; null without a cluster.</param>
/// <param name="Count">How many messages it holds.</param>
/// <param name="Messages">In the stream's order; to be read once.</param>
public sealed record StreamCopy(string? Node, long Count, IAsyncEnumerable<StoredMessage> Messages);
