using Microsoft.Extensions.Hosting;

namespace NatsActors.Hosting;

/// <summary>
/// Ties a publisher to its host. The constructor takes the publisher, so the publisher starts before any service. The publisher
/// drains after all other services have stopped, in any order of registration, so that messages of their last moments still leave.
/// </summary>
internal sealed class NatsPublisherHost(NatsPublisher publisher) : IHostedLifecycleService
{
    private static readonly TimeSpan UntilTheHostSays = TimeSpan.FromDays(20);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Drains. The token is the host's shutdown time-out; when the token fires, the drain ends at once.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        var draining = publisher.DrainAsync(UntilTheHostSays);
        await using (cancellationToken.UnsafeRegister(
            static state => _ = ((NatsPublisher)state!).DrainAsync(TimeSpan.Zero), publisher).ConfigureAwait(false))
        {
            await draining.ConfigureAwait(false);
        }
    }
}
