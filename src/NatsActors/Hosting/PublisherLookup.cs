using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using NatsActors.Actors;
using NatsActors.Settings;

namespace NatsActors.Hosting;

/// <summary>What a look for a publisher by its name has found.</summary>
internal abstract record PublisherSighting
{
    /// <summary>The publisher runs.</summary>
    public sealed record Found(IActorRef Publisher, PublisherParts Parts) : PublisherSighting;

    /// <summary>The publisher has run and has ended, or its actor system has. A restart of the process mends that.</summary>
    public sealed record Ended(string Description) : PublisherSighting;

    /// <summary>No publisher of the name has run. Code may start it later, or the name is wrong, which a restart does not mend.</summary>
    public sealed record Missing(string Description) : PublisherSighting;
}

/// <summary>
/// Finds a publisher by its name: first among those of <c>services.AddNatsPublisher</c>, then among those of the container's actor
/// system. A look never starts a publisher of an actor system.
/// </summary>
internal sealed class PublisherLookup(IServiceProvider services)
{
    /// <summary>The names of <c>services.AddNatsPublisher</c>.</summary>
    public IReadOnlyList<string> Registered => [.. services.GetServices<PublisherRegistration>()
        .Select(registration => registration.Name ?? registration.Resolve(services)?.Name).OfType<string>()];

    /// <summary>
    /// Whether a publisher whose name its settings give has been taken out, by a test that puts a stand-in in its place: its name is
    /// not known then.
    /// </summary>
    public bool HasStandIns => services.GetServices<PublisherRegistration>()
        .Any(registration => registration.Name is null && registration.Resolve(services) is null);

    public PublisherSighting Find(string name)
    {
        var facade = services.GetServices<PublisherRegistration>()
            .Select(registration => registration.Resolve(services))
            .FirstOrDefault(publisher => publisher?.Name == name);
        if ((facade?.System ?? services.GetService<ActorSystem>()) is not { } system)
        {
            return new PublisherSighting.Missing(Describe(name, Registered));
        }

        if (system.HasEnded())
        {
            return new PublisherSighting.Ended($"the actor system of the publisher '{name}' has ended");
        }

        try
        {
            return Find(name, NatsPublishers.Get(system));
        }
        catch (SettingsException error)
        {
            return new PublisherSighting.Missing(error.Message);
        }
    }

    /// <summary>Says that there is no publisher of the name, and which names there are.</summary>
    public static string Describe(string name, IReadOnlyCollection<string> known, IReadOnlyCollection<string>? idle = null) =>
        $"there is no publisher '{name}'"
        + (EditDistance.Nearest(name, [.. known, .. idle ?? []]) is { } nearest ? $"; did you mean '{nearest}'?" : ";")
        + (known.Count == 0 ? " no publisher runs" : $" running: {string.Join(", ", known.Order(StringComparer.Ordinal))}")
        + (idle is { Count: > 0 } ? $"; described by HOCON and not started: {string.Join(", ", idle.Order(StringComparer.Ordinal))}" : "");

    private PublisherSighting Find(string name, NatsPublishers publishers)
    {
        if (publishers.Running.TryGet(name, out var publisher, out var parts))
        {
            return parts.HasFailed
                ? new PublisherSighting.Ended($"the actors of the publisher '{name}' failed again and again, and the publisher has ended")
                : new PublisherSighting.Found(publisher, parts);
        }

        if (publishers.Running.HasRun(name))
        {
            return new PublisherSighting.Ended($"the publisher '{name}' has ended");
        }

        if (publishers.Names.Contains(name))
        {
            return new PublisherSighting.Missing($"the publisher '{name}', which HOCON describes, has not been started");
        }

        // Owned publishers are those of keys: thousands of names, and not the one that was meant.
        var running = publishers.Running.All().Where(each => each.Parts.Owner is null).Select(each => each.Name).Concat(Registered).ToList();
        return new PublisherSighting.Missing(Describe(name, running, [.. publishers.Names.Except(running)]));
    }
}
