using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NatsActors.Hosting;

namespace NatsActors;

/// <summary>Adds the health checks of a publisher.</summary>
public static class NatsPublisherHealth
{
    /// <summary>The tag of the liveness check: healthy while the publisher's actors run. The check never depends on NATS.</summary>
    public const string LiveTag = "live";

    /// <summary>The tag of the readiness check, which follows the link and the fill of the buffer.</summary>
    public const string ReadyTag = "ready";

    /// <summary>The time in which a publisher's actor must answer a check: 2 seconds.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Adds <c>nats-publisher-NAME-live</c> and <c>nats-publisher-NAME-ready</c>, tagged <see cref="LiveTag"/> and
    /// <see cref="ReadyTag"/>. The services must have an <see cref="ActorSystem"/>; Akka.Hosting adds one.
    /// </summary>
    /// <remarks>
    /// A restart of the process does not mend a server that is down, so an outage changes readiness only. Readiness is healthy with
    /// a link and a buffer below its high watermark, degraded above the watermark, and unhealthy without a link, with a full
    /// buffer, and when the publisher drains or has ended. A publisher that is not ready takes messages while its buffer has room.
    /// </remarks>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The publisher's name.</param>
    public static IHealthChecksBuilder AddNatsPublisher(this IHealthChecksBuilder builder, string name = NatsPublishers.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder
            .Add(new HealthCheckRegistration(
                $"nats-publisher-{name}-live", services => new LivenessCheck(services.GetRequiredService<ActorSystem>(), name), null, [LiveTag]))
            .Add(new HealthCheckRegistration(
                $"nats-publisher-{name}-ready", services => new ReadinessCheck(services.GetRequiredService<ActorSystem>(), name), null, [ReadyTag]));
    }
}
