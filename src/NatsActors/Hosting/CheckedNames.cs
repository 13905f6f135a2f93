using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace NatsActors.Hosting;

/// <summary>The name of a publisher that has health checks.</summary>
internal sealed record CheckedName(string Name);

/// <summary>
/// Fails the start of a host whose health checks name a publisher that the container cannot have. Without an actor system all names
/// are known when the host starts. An actor system may start publishers at any time, so there a health check is degraded instead.
/// </summary>
internal sealed class CheckedNames(IServiceProvider services, IEnumerable<CheckedName> names) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A container that cannot say what it has may have an actor system.
        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(ActorSystem)) != false)
        {
            return Task.CompletedTask;
        }

        var lookup = new PublisherLookup(services);
        if (lookup.HasStandIns)
        {
            return Task.CompletedTask;
        }

        var known = lookup.Registered;
        var wrong = names.Select(name => name.Name).Except(known).Select(name => PublisherLookup.Describe(name, known)).ToList();
        return wrong.Count == 0
            ? Task.CompletedTask
            : throw new InvalidOperationException(
                $"AddHealthChecks().AddNatsPublisher: {string.Join("; ", wrong)}. AddNatsPublisher of the services adds a publisher.");
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
