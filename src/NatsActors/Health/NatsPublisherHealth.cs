using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NatsActors.Health;

/// <summary>Adds the health checks of a publisher.</summary>
public static class NatsPublisherHealth
{
    /// <summary>The tag of the check that asks whether the publisher works at all. It never depends on NATS.</summary>
    public const string LiveTag = "live";

    /// <summary>The tag of the check that follows the link and the buffer's fill.</summary>
    public const string ReadyTag = "ready";

    /// <summary>How long a publisher may take to answer: 2 seconds.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Adds <c>nats-publisher-NAME-live</c> and <c>nats-publisher-NAME-ready</c>, tagged <see cref="LiveTag"/> and
    /// <see cref="ReadyTag"/>. The services must have an <see cref="ActorSystem"/>, as those of Akka.Hosting do.
    /// </summary>
    /// <remarks>
    /// A restart does not mend a server that is down, so only readiness tells of it. Ready is: healthy with a link and a buffer
    /// below its high watermark; degraded above it; unhealthy without a link, with a full buffer, or when the publisher drains or
    /// has ended. A publisher that is not ready takes messages all the same while its buffer has room.
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
