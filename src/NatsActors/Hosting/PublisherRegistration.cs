using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NatsActors.Hosting;

/// <summary>One call of <c>AddNatsPublisher</c>, or of its like in another package: the publisher's key among the services, and its settings.</summary>
/// <param name="Key">The key, which is also the publisher's name; null for the publisher without a key.</param>
/// <param name="Name">The publisher's name; null when only its settings have it.</param>
/// <param name="Settings">Makes the settings, from other services.</param>
internal sealed record PublisherRegistration(string? Key, string? Name, Func<IServiceProvider, PublisherSettings> Settings)
{
    /// <summary>Starts a publisher with settings.</summary>
    public Func<PublisherSettings, ILoggerFactory?, TimeProvider?, NatsPublisher> Starter { get; init; } =
        static (settings, loggers, time) => NatsPublisher.Start(settings, loggers, time);

    /// <summary>Starts the publisher.</summary>
    public NatsPublisher Start(IServiceProvider services)
    {
        var settings = Settings(services);
        return Starter(
            Key is null ? settings : settings with { Name = Key },
            services.GetService<ILoggerFactory>(),
            services.GetService<TimeProvider>());
    }

    /// <summary>The publisher of these services; null when somebody has removed the publisher to put another service in its place.</summary>
    public NatsPublisher? Resolve(IServiceProvider services) =>
        Key is null ? services.GetService<NatsPublisher>() : services.GetKeyedService<NatsPublisher>(Key);
}
