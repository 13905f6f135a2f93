using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NatsActors.Health;

/// <summary>Healthy when the publisher answers, whatever it answers.</summary>
internal sealed class LivenessCheck(ActorSystem system, string name) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await StatusQuery.AskAsync(system, name, cancellationToken).ConfigureAwait(false) is { Status: not null }
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(context.Registration.FailureStatus, $"the publisher '{name}' does not answer");
}

/// <summary>Follows the link and the buffer's fill.</summary>
internal sealed class ReadinessCheck(ActorSystem system, string name) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (status, high) = await StatusQuery.AskAsync(system, name, cancellationToken).ConfigureAwait(false);
        if (status is null)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"the publisher '{name}' does not answer");
        }

        var fill = Math.Max((double)status.BufferedMessages / status.MaxMessages, (double)status.BufferedBytes / status.MaxBytes);
        var data = new Dictionary<string, object>
        {
            ["state"] = status.State.ToString(),
            ["server"] = status.Server ?? "",
            ["buffered-messages"] = status.BufferedMessages,
            ["buffered-bytes"] = status.BufferedBytes,
            ["fill"] = Math.Round(fill, 3),
            ["link-down-seconds"] = Math.Round((status.LinkDownFor ?? TimeSpan.Zero).TotalSeconds, 1),
        };
        return status.State != ConnectionState.Connected
            ? new HealthCheckResult(context.Registration.FailureStatus, NoLink(status), null, data)
            : fill >= 1 ? new HealthCheckResult(context.Registration.FailureStatus, "the buffer is full", null, data)
            : fill >= high ? HealthCheckResult.Degraded("the buffer is above its high watermark", null, data)
            : HealthCheckResult.Healthy(null, data);
    }

    private static string NoLink(PublisherStatus status) =>
        $"{status.State.ToString().ToLowerInvariant()}" + (status.LastError is null ? "" : $"; {status.LastError}");
}

/// <summary>Asks a publisher that runs for its status; starts none.</summary>
internal static class StatusQuery
{
    public static async Task<(PublisherStatus? Status, double HighWatermark)> AskAsync(
        ActorSystem system, string name, CancellationToken cancellation)
    {
        if (system.WhenTerminated.IsCompleted || !NatsPublishers.Get(system).Running.TryGet(name, out var publisher, out var settings))
        {
            return default;
        }

        try
        {
            var status = await publisher.Ask<PublisherStatus>(GetStatus.Instance, NatsPublisherHealth.AnswerLimit, cancellation)
                .ConfigureAwait(false);
            return (status, settings.Buffer.HighWatermark);
        }
        catch (Exception error) when (error is AskTimeoutException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return default;
        }
    }
}
