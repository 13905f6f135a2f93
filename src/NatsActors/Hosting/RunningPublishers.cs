using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using NatsActors.Actors;

namespace NatsActors.Hosting;

/// <summary>
/// The publishers of one actor system, by name. Keeps the invariant that a name belongs to one living publisher, because events,
/// health checks and metrics identify a publisher by its name.
/// </summary>
/// <param name="claimed">Called with every actor that has claimed a name.</param>
internal sealed class RunningPublishers(Action<IActorRef> claimed)
{
    // Bounds the memory of a system that makes publishers with ever new names.
    private const int MostPast = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (IActorRef Publisher, PublisherParts Parts)> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, string> _names = [];
    private readonly HashSet<string> _past = new(StringComparer.Ordinal);

    /// <summary>Claims the name of the settings for the actor.</summary>
    /// <exception cref="InvalidOperationException">Another living actor has the name.</exception>
    public void Claim(IActorRef publisher, PublisherParts parts)
    {
        lock (_gate)
        {
            var name = parts.Settings.Name;
            if (TryGet(name, out var other, out _))
            {
                if (!other.Equals(publisher))
                {
                    throw NameTaken(name, other);
                }

                return;
            }

            _running[name] = (publisher, parts);
            _names[publisher] = name;
        }

        claimed(publisher);
    }

    public bool TryGet(string name, [NotNullWhen(true)] out IActorRef? publisher, [NotNullWhen(true)] out PublisherParts? parts)
    {
        lock (_gate)
        {
            (publisher, parts) = _running.GetValueOrDefault(name);
            return publisher is not null && parts is not null && publisher is not ActorRefWithCell { Underlying.IsTerminated: true };
        }
    }

    public IReadOnlyList<(string Name, IActorRef Publisher, PublisherParts Parts)> All()
    {
        lock (_gate)
        {
            return [.. _running.Select(entry => (entry.Key, entry.Value.Publisher, entry.Value.Parts))];
        }
    }

    /// <summary>
    /// Removes an actor that has ended. The name of an owned publisher is not kept: there is one for each key, nobody checks its health,
    /// and the names of the others would find no room.
    /// </summary>
    public void Forget(IActorRef publisher)
    {
        lock (_gate)
        {
            if (!_names.Remove(publisher, out var name) || !_running.TryGetValue(name, out var entry) || !entry.Publisher.Equals(publisher))
            {
                return;
            }

            _running.Remove(name);
            if (entry.Parts.Owner is null && _past.Count < MostPast)
            {
                _past.Add(name);
            }
        }
    }

    /// <summary>Whether a publisher of the name runs, or has run without an owner.</summary>
    public bool HasRun(string name)
    {
        lock (_gate)
        {
            return _running.ContainsKey(name) || _past.Contains(name);
        }
    }

    public static InvalidOperationException NameTaken(string name, IActorRef by) =>
        new($"There is a publisher of the name '{name}' already, at {by.Path}. Each publisher of an actor system needs a name of its own.");
}
