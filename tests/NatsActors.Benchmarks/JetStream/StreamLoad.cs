namespace NatsActors.Benchmarks.JetStream;

/// <summary>The messages of one turn, and how many of them may await their PubAck at once.</summary>
/// <param name="Size">Payload bytes.</param>
/// <param name="Messages">How many messages.</param>
/// <param name="Window">Messages that may await their PubAck.</param>
internal sealed record StreamLoad(int Size, int Messages, int Window)
{
    /// <summary>The payload of every message.</summary>
    public byte[] Payload { get; } = new byte[Size];
}

/// <summary>One way by which messages reach the stream. Lives through the turns of one server or cluster.</summary>
internal interface IStreamWay : IAsyncDisposable
{
    /// <summary>What the row says.</summary>
    string Name { get; }

    /// <summary>The messages a second that the way itself measured in the last turn; null for a way that is measured from outside.</summary>
    double? ReportedRate => null;

    /// <summary>Does what does not count: connects, encodes. Stores nothing.</summary>
    Task PrepareAsync(StreamLoad load);

    /// <summary>Publishes every message; completes when each is stored.</summary>
    Task RunAsync(StreamLoad load);
}
