using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace NatsActors.Hosting;

/// <summary>
/// Ties a publisher to its host. The constructor takes the publisher, so the publisher starts before any service. The publisher
/// drains after all other services have stopped, in any order of registration, so that messages of their last moments still leave.
/// </summary>
internal sealed partial class NatsPublisherHost(NatsPublisher publisher, ILoggerFactory? loggers = null) : IHostedLifecycleService
{
    private static readonly TimeSpan UntilTheHostSays = TimeSpan.FromDays(20);

    private readonly ILogger _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("NatsActors.Publisher");

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
            var drained = await draining.ConfigureAwait(false);
            if (drained.Complete)
            {
                LogDrained(_logger, drained.Totals);
                return;
            }

            var perhaps = drained.Undelivered.Count(message => message.Reason == UndeliveredReason.Indeterminate);
            LogLeft(_logger, drained.Undelivered.Count, perhaps, drained.Undelivered.Count - perhaps, drained.Totals);
        }
    }

    [LoggerMessage(30, LogLevel.Information, "The publisher has sent everything: {Totals}")]
    private static partial void LogDrained(ILogger logger, LedgerTotals totals);

    [LoggerMessage(31, LogLevel.Warning,
        "The host's shutdown time-out has ended the publisher with {Left} messages undelivered: {Indeterminate} were in flight and may have arrived, {Closed} were not sent ({Totals})")]
    private static partial void LogLeft(ILogger logger, int left, int indeterminate, int closed, LedgerTotals totals);
}
