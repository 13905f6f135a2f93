using System.Diagnostics.CodeAnalysis;
using NatsActors.Actors;

namespace NatsActors;

/// <summary>
/// The publishers of one actor system, by actor and by name. Keeps two invariants: an actor has one state, through all of its
/// restarts; and a name belongs to one living publisher, since events, health checks and metrics go by it.
/// </summary>
/// <param name="claimed">Told of every actor that has got a name.</param>
internal sealed class RunningPublishers(Action<IActorRef> claimed)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IActorRef, PublisherState> _states = [];
    private readonly Dictionary<string, IActorRef> _names = new(StringComparer.Ordinal);

    /// <summary>The state of the actor; made when its mailbox, or it itself, asks first.</summary>
    public PublisherState StateOf(IActorRef owner, PublisherPlan plan)
    {
        lock (_gate)
        {
            if (!_states.TryGetValue(owner, out var state))
            {
                _states[owner] = state = plan.MakeState();
            }

            return state;
        }
    }

    /// <summary>Gives the actor the name of its settings.</summary>
    /// <exception cref="InvalidOperationException">Another living actor has it.</exception>
    public PublisherState Claim(IActorRef owner, PublisherPlan plan)
    {
        lock (_gate)
        {
            if (TryGet(plan.Settings.Name, out var other) && !other.Equals(owner))
            {
                _states.Remove(owner);
                throw NameTaken(plan.Settings.Name, other);
            }

            var known = _names.TryGetValue(plan.Settings.Name, out var before) && before.Equals(owner);
            _names[plan.Settings.Name] = owner;
            var state = StateOf(owner, plan);
            if (!known)
            {
                claimed(owner);
            }

            return state;
        }
    }

    public bool TryGet(string name, [NotNullWhen(true)] out IActorRef? publisher)
    {
        lock (_gate)
        {
            return _names.TryGetValue(name, out publisher) && publisher is not ActorRefWithCell { Underlying.IsTerminated: true };
        }
    }

    public bool TryGet(
        string name, [NotNullWhen(true)] out IActorRef? publisher, [NotNullWhen(true)] out PublisherSettings? settings)
    {
        lock (_gate)
        {
            settings = TryGet(name, out publisher) && _states.TryGetValue(publisher, out var state) ? state.Settings : null;
            return settings is not null;
        }
    }

    /// <summary>The counts of a publisher, read beside its actors: of different moments while messages move. Null when it has ended.</summary>
    public LedgerTotals? TotalsOf(IActorRef publisher)
    {
        lock (_gate)
        {
            return _states.TryGetValue(publisher, out var state) ? state.Outbox.Ledger.Totals(state.Buffer) : null;
        }
    }

    public IReadOnlyList<(string Name, IActorRef Publisher)> All()
    {
        lock (_gate)
        {
            return [.. _names.Select(entry => (entry.Key, entry.Value))];
        }
    }

    public void Forget(IActorRef publisher)
    {
        lock (_gate)
        {
            if (_states.Remove(publisher, out var state)
                && _names.TryGetValue(state.Settings.Name, out var named) && named.Equals(publisher))
            {
                _names.Remove(state.Settings.Name);
            }
        }
    }

    public static InvalidOperationException NameTaken(string name, IActorRef by) =>
        new($"There is a publisher of the name '{name}' already, at {by.Path}. Each publisher of an actor system needs a name of its own.");
}
