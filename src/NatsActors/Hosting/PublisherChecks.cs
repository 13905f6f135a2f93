using Akka.Actor;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NatsActors.Actors;

namespace NatsActors.Hosting;

/// <summary>Healthy while the publisher's actors run, in every state of the link and the buffer.</summary>
internal sealed class LivenessCheck(ActorSystem system, string name) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await PublisherQuery.IsAliveAsync(system, name, cancellationToken).ConfigureAwait(false)
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(context.Registration.FailureStatus, $"the publisher '{name}' does not answer");
}

/// <summary>Follows the link and the buffer's fill.</summary>
internal sealed class ReadinessCheck(ActorSystem system, string name) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!await PublisherQuery.IsAliveAsync(system, name, cancellationToken).ConfigureAwait(false)
            || PublisherQuery.Find(system, name) is not (_, var parts))
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"the publisher '{name}' does not answer");
        }

        var (status, high) = (parts.Buffer.Status(), parts.Settings.Buffer.HighWatermark);

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

/// <summary>Finds a running publisher. A query never starts one.</summary>
internal static class PublisherQuery
{
    public static (IActorRef Publisher, PublisherParts Parts)? Find(ActorSystem system, string name) =>
        !system.WhenTerminated.IsCompleted && NatsPublishers.Get(system).Running.TryGet(name, out var publisher, out var parts)
            ? (publisher, parts)
            : null;

    /// <summary>
    /// Whether the publisher's head actor answers. The door answers on its callers' threads, so <see cref="GetStatus"/> would be
    /// answered even if no actor could run.
    /// </summary>
    public static async Task<bool> IsAliveAsync(ActorSystem system, string name, CancellationToken cancellation)
    {
        if (Find(system, name) is not var (publisher, _))
        {
            return false;
        }

        try
        {
            var answer = await publisher.Ask<ActorIdentity>(new Identify(name), NatsPublisherHealth.AnswerLimit, cancellation).ConfigureAwait(false);
            return answer.Subject is not null;
        }
        catch (Exception error) when (error is AskTimeoutException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }
}
