using Akka.Actor;
using Microsoft.Extensions.Hosting;

namespace NatsActors.Hosting;

/// <summary>
/// Ties the publishers of a container to their host. The constructor takes the publishers, so they start before any service. They
/// drain side by side after all other services have stopped, in any order of registration, so that messages of their last moments
/// still leave.
/// </summary>
internal sealed class NatsPublisherHost : IHostedLifecycleService
{
    private static readonly TimeSpan UntilTheHostSays = TimeSpan.FromDays(20);

    private readonly IReadOnlyList<NatsPublisher> _publishers;

    public NatsPublisherHost(IServiceProvider services, IEnumerable<PublisherRegistration> registrations)
    {
        _publishers = Resolve(services, registrations);
        if (_publishers.CountBy(publisher => publisher.Name).FirstOrDefault(name => name.Value > 1).Key is { } twice)
        {
            throw NameTaken(twice);
        }
    }

    public static InvalidOperationException NameTaken(string name) =>
        new($"There is a publisher of the name '{name}' among the services already. Each publisher needs a name of its own.");

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Drains. The token is the host's shutdown time-out; when the token fires, the drains end at once.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_publishers.Select(publisher => DrainAsync(publisher, cancellationToken)));

    /// <summary>All publishers. One error has the violations of every publisher's settings.</summary>
    private static List<NatsPublisher> Resolve(IServiceProvider services, IEnumerable<PublisherRegistration> registrations)
    {
        var (publishers, violations) = (new List<NatsPublisher>(), new List<string>());
        foreach (var registration in registrations)
        {
            try
            {
                if (registration.Resolve(services) is { } publisher)
                {
                    publishers.Add(publisher);
                }
            }
            catch (SettingsException error)
            {
                violations.AddRange(error.Violations);
            }
        }

        return violations.Count == 0 ? publishers : throw new SettingsException(violations);
    }

    private static async Task DrainAsync(NatsPublisher publisher, CancellationToken cancellationToken)
    {
        try
        {
            var draining = publisher.DrainAsync(UntilTheHostSays);
            // To the reference, which takes messages after the end, too: the callback may run on a timer's thread, and must not throw.
            await using (cancellationToken.UnsafeRegister(
                static state => ((NatsPublisher)state!).Reference.Tell(new Drain(TimeSpan.Zero), ActorRefs.NoSender), publisher).ConfigureAwait(false))
            {
                await draining.ConfigureAwait(false);
            }
        }
        catch (ObjectDisposedException)
        {
            // A service has disposed the publisher, which has drained it.
        }
    }
}
