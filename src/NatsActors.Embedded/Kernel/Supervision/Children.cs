using System.Diagnostics.CodeAnalysis;

namespace NatsActors.Kernel;

/// <summary>
/// A cell's children by name. A name stays taken until its actor has ended. Locked, because a system's top-level actors are
/// made on any thread; once closed, none is added any more.
/// </summary>
internal sealed class Children
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ChildStats> _byName = [];
    private int _unnamed;
    private bool _closed;

    public LocalActorRef Add(string? name, Func<string, LocalActorRef> make)
    {
        lock (_lock)
        {
            if (_closed)
            {
                throw new InvalidOperationException("Cannot create child while terminating or terminated");
            }

            name ??= $"${_unnamed++}";
            if (_byName.ContainsKey(name))
            {
                throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
            }

            var child = make(name);
            _byName.Add(name, new ChildStats(child));
            return child;
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
    }

    public ChildStats? Find(string name)
    {
        lock (_lock)
        {
            return _byName.GetValueOrDefault(name);
        }
    }

    public bool TryFind(IActorRef child, [NotNullWhen(true)] out ChildStats? stats)
    {
        stats = Find(child.Path.Name);
        return ReferenceEquals(stats?.Child, child);
    }

    public void Remove(IActorRef child)
    {
        lock (_lock)
        {
            if (TryFind(child, out _))
            {
                _byName.Remove(child.Path.Name);
            }
        }
    }

    public ChildStats[] ToArray()
    {
        lock (_lock)
        {
            return [.. _byName.Values];
        }
    }

    public bool AnyStopping()
    {
        lock (_lock)
        {
            return _byName.Values.Any(child => child.Stopping);
        }
    }
}
