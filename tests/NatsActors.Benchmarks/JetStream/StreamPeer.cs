namespace NatsActors.Benchmarks.JetStream;

/// <summary>A publisher of another kind, which stores in the stream.</summary>
internal sealed class StreamPeer(string command, PeerProcess peer) : IStreamWay
{
    public string Name => PeerProcess.Shown(command);

    public double? ReportedRate { get; private set; }

    public Task PrepareAsync(StreamLoad load) => Task.CompletedTask;

    public async Task RunAsync(StreamLoad load) =>
        ReportedRate = await peer.RunAsync(load.Messages, load.Size, BenchmarkStream.Subject, load.Window);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
