using Akka.Actor;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NatsActors.Hosting;

/// <summary>
/// Healthy while the publisher's actors run, in every state of the link and the buffer. Degraded when no publisher of the name has
/// run: a restart of the process does not mend a wrong name.
/// </summary>
internal sealed class LivenessCheck(PublisherLookup lookup, string name) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        lookup.Find(name) switch
        {
            PublisherSighting.Missing missing => HealthCheckResult.Degraded(missing.Description),
            PublisherSighting.Found found when await PublisherQuery.IsAliveAsync(found.Publisher, cancellationToken).ConfigureAwait(false) =>
                HealthCheckResult.Healthy(),
            var dead => PublisherQuery.Dead(context, name, dead),
        };
}

/// <summary>Follows the link, the journal and the buffer's fill.</summary>
internal sealed class ReadinessCheck(PublisherLookup lookup, string name) : IHealthCheck
{
    private const string JournalDown = "the journal is down: new messages are rejected";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        lookup.Find(name) switch
        {
            PublisherSighting.Missing missing => HealthCheckResult.Degraded(missing.Description),
            PublisherSighting.Found found when await PublisherQuery.IsAliveAsync(found.Publisher, cancellationToken).ConfigureAwait(false) =>
                Of(context, found.Parts.Buffer.Status(), found.Parts.Settings.Buffer.HighWatermark),
            var dead => PublisherQuery.Dead(context, name, dead),
        };

    /// <summary>The readiness of a publisher with this status.</summary>
    internal static HealthCheckResult Of(HealthCheckContext context, PublisherStatus status, double high)
    {
        var fill = status.Fill;
        var data = new Dictionary<string, object>
        {
            ["state"] = status.State.ToString(),
            ["server"] = status.Server ?? "",
            ["buffered-messages"] = status.BufferedMessages,
            ["buffered-bytes"] = status.BufferedBytes,
            ["fill"] = Math.Round(fill, 3),
            ["link-down-seconds"] = Seconds(status.LinkDownFor),
            ["undurable-messages"] = status.UndurableMessages,
            ["journal-down-seconds"] = Seconds(status.JournalDownFor),
        };
        return Unready(status) is { } because ? new HealthCheckResult(context.Registration.FailureStatus, because, null, data)
            : fill >= high ? HealthCheckResult.Degraded("the buffer is above its high watermark", null, data)
            : HealthCheckResult.Healthy(null, data);
    }

    private static double Seconds(TimeSpan? time) => Math.Round((time ?? TimeSpan.Zero).TotalSeconds, 1);

    private static string? Unready(PublisherStatus status)
    {
        // A publisher that has ended needs no journal.
        var journal = status is { JournalDownFor: not null, State: not ConnectionState.Closed } ? JournalDown : null;
        return status.State != ConnectionState.Connected ? NoLink(status) + (journal is null ? "" : $"; {journal}")
            : journal ?? (status.Fill >= 1 ? "the buffer is full" : null);
    }

    private static string NoLink(PublisherStatus status) =>
        $"{status.State.ToString().ToLowerInvariant()}" + (status.LastError is null ? "" : $"; {status.LastError}");
}

/// <summary>What both checks ask a publisher.</summary>
internal static class PublisherQuery
{
    /// <summary>
    /// Whether the publisher's head actor answers. The door answers on its callers' threads, so <see cref="GetStatus"/> would be
    /// answered even if no actor could run.
    /// </summary>
    public static async Task<bool> IsAliveAsync(IActorRef publisher, CancellationToken cancellation)
    {
        try
        {
            var answer = await publisher.Ask<ActorIdentity>(new Identify("health"), NatsPublisherHealth.AnswerLimit, cancellation).ConfigureAwait(false);
            return answer.Subject is not null;
        }
        catch (Exception error) when (error is AskTimeoutException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }

    public static HealthCheckResult Dead(HealthCheckContext context, string name, PublisherSighting sighting) => new(
        context.Registration.FailureStatus,
        sighting is PublisherSighting.Ended ended ? ended.Description : $"the publisher '{name}' does not answer");
}
