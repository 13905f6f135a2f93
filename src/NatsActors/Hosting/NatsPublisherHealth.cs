using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using NatsActors.Hosting;

namespace NatsActors;

/// <summary>Adds the health checks of a publisher.</summary>
public static class NatsPublisherHealth
{
    /// <summary>The tag of the liveness check: healthy while the publisher's actors run. The check never depends on NATS.</summary>
    public const string LiveTag = "live";

    /// <summary>The tag of the readiness check, which follows the link, the journal and the fill of the buffer.</summary>
    public const string ReadyTag = "ready";

    /// <summary>The time in which a publisher's actor must answer a check: 2 seconds.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Adds <c>nats-publisher-NAME-live</c> and <c>nats-publisher-NAME-ready</c>, tagged <see cref="LiveTag"/> and
    /// <see cref="ReadyTag"/>, for a publisher of <c>services.AddNatsPublisher</c>, with or without a key, or of the container's
    /// <see cref="ActorSystem"/>, which Akka.Hosting adds. If both have a publisher of the name, the checks are of the former.
    /// </summary>
    /// <remarks>
    /// A restart of the process does not mend a server that is down, so an outage changes readiness only. Readiness is healthy with
    /// a link and a buffer below its high watermark, degraded above the watermark, and unhealthy without a link, with a full
    /// buffer, and when the publisher drains or has ended. A publisher without a link takes messages while its buffer has room. With
    /// <c>durability.journal</c> readiness is also unhealthy until the journal has been read at the start, and while the journal is
    /// down: the publisher rejects new messages then.
    /// <para>
    /// A restart does not mend a wrong name either. Without an actor system all names are known when the host starts, and a name that
    /// no publisher has fails the start. An actor system may start publishers at any time. Until a publisher of the name has run, both
    /// checks are degraded, and their description lists the names that exist. Liveness is unhealthy only when a publisher that has run
    /// does not answer or was stopped.
    /// </para>
    /// </remarks>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The publisher's name. The name of a publisher with a key is its key.</param>
    public static IHealthChecksBuilder AddNatsPublisher(this IHealthChecksBuilder builder, string name = NatsPublishers.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        builder.Services.AddSingleton(new CheckedName(name));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, CheckedNames>());
        return builder
            .Add(new HealthCheckRegistration(
                $"nats-publisher-{name}-live", services => new LivenessCheck(new PublisherLookup(services), name), null, [LiveTag]))
            .Add(new HealthCheckRegistration(
                $"nats-publisher-{name}-ready", services => new ReadinessCheck(new PublisherLookup(services), name), null, [ReadyTag]));
    }
}
