namespace NatsActors.Benchmarks;

/// <summary>A publisher of another kind as a way.</summary>
internal sealed class PeerWay(PeerProcess peer) : IWay
{
    /// <summary>What the peer printed in the last run.</summary>
    public double? ReportedRate { get; private set; }

    public static WayKind Kind(int number, string command, TimeSpan limit)
    {
        var name = $"peer-{number}";
        return new(name, PeerProcess.Shown(command), stage => new PeerWay(new PeerProcess(name, command, stage.Url, limit))) { InProcess = false };
    }

    public Task PrepareAsync(Load load) => Task.CompletedTask;

    public async Task RunAsync(Load load) => ReportedRate = await peer.RunAsync(load.Messages, load.Payload.Length, Load.Subject);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
