using System.Threading.Channels;

namespace Outbox;

/// <summary>Wakes the relay after a commit. Several commits before the relay looks count as one.</summary>
internal sealed class OutboxSignal(TimeProvider clock)
{
    private readonly Channel<bool> _commits = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Call it behind the commit: a relay that looks before it finds nothing, and sleeps.</summary>
    public void Committed() => _commits.Writer.TryWrite(true);

    /// <summary>Completes after a commit of this process, and at the latest after <paramref name="longest"/>.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            await _commits.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }
}
