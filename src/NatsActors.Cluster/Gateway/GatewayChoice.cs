namespace NatsActors.Cluster.Gateway;

/// <summary>
/// Chooses the gateways of one publisher: in turn, and none that has failed since a gateway last confirmed something, while there is
/// another. When all have failed, the publisher's back-off counts. Thread-safe.
/// </summary>
/// <param name="candidates">The members that may be asked now, in an order that stays.</param>
/// <param name="first">Where the turn begins, so that many publishers do not meet at one gateway.</param>
internal sealed class GatewayChoice<T>(Func<IReadOnlyList<T>> candidates, int first = 0)
    where T : IComparable<T>
{
    private readonly Lock _gate = new();
    private readonly HashSet<T> _failed = [];
    private (T Member, bool Set) _last;

    /// <summary>The next gateway to ask; false for none.</summary>
    public bool TryNext(out T gateway)
    {
        var all = candidates();
        lock (_gate)
        {
            _failed.IntersectWith(all);
            var fresh = Fresh(all);
            if (fresh.Count == 0)
            {
                _failed.Clear();
                fresh = [.. all];
            }

            if (fresh.Count == 0)
            {
                gateway = default!;
                return false;
            }

            var next = _last.Set ? fresh.FindIndex(member => member.CompareTo(_last.Member) > 0) : first % fresh.Count;
            gateway = fresh[Math.Max(0, next)];
            _last = (gateway, true);
            return true;
        }
    }

    /// <summary>A link to the gateway could not be made, or is lost.</summary>
    /// <returns>Whether there is a gateway that has not failed.</returns>
    public bool Failed(T gateway)
    {
        var all = candidates();
        lock (_gate)
        {
            _failed.Add(gateway);
            return Fresh(all).Count > 0;
        }
    }

    /// <summary>A link to the gateway has to be left.</summary>
    /// <returns>Whether there is another gateway. The next one is asked although it failed before, since this one ends.</returns>
    public bool Left(T gateway)
    {
        Failed(gateway);
        return candidates().Any(member => member.CompareTo(gateway) != 0);
    }

    /// <summary>A gateway has confirmed something.</summary>
    public void Proved()
    {
        lock (_gate)
        {
            _failed.Clear();
        }
    }

    private List<T> Fresh(IReadOnlyList<T> all) => [.. all.Where(member => !_failed.Contains(member))];
}
