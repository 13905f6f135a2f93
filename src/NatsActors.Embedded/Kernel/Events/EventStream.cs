using System.Diagnostics.CodeAnalysis;

namespace NatsActors.Kernel;

/// <summary>
/// Hands an event to everyone who subscribed to its type or a base type, once each. Subscriptions are replaced as a whole, so
/// that publishing takes no lock.
/// </summary>
internal sealed class EventStream
{
    private readonly Lock _changing = new();
    private volatile Subscription[] _subscriptions = [];

    /// <summary>Whether the subscriber was not subscribed to exactly this type before.</summary>
    public bool Subscribe(IActorRef subscriber, Type channel)
    {
        lock (_changing)
        {
            var current = _subscriptions;
            var index = Array.FindIndex(current, s => ReferenceEquals(s.Subscriber, subscriber));
            if (index < 0)
            {
                _subscriptions = [.. current, new Subscription(subscriber, [channel])];
                return true;
            }

            if (current[index].Channels.Contains(channel))
            {
                return false;
            }

            Replace(index, [.. current[index].Channels, channel]);
            return true;
        }
    }

    /// <summary>Whether the subscriber was subscribed to exactly this type.</summary>
    public bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        lock (_changing)
        {
            var current = _subscriptions;
            var index = Array.FindIndex(current, s => ReferenceEquals(s.Subscriber, subscriber));
            if (index < 0 || !current[index].Channels.Contains(channel))
            {
                return false;
            }

            Replace(index, [.. current[index].Channels.Where(c => c != channel)]);
            return true;
        }
    }

    public bool Unsubscribe(IActorRef subscriber)
    {
        lock (_changing)
        {
            var left = Array.FindAll(_subscriptions, s => !ReferenceEquals(s.Subscriber, subscriber));
            var had = left.Length != _subscriptions.Length;
            _subscriptions = left;
            return had;
        }
    }

    public void Publish(object @event)
    {
        foreach (var subscription in _subscriptions)
        {
            foreach (var channel in subscription.Channels)
            {
                if (channel.IsInstanceOfType(@event))
                {
                    Give(subscription.Subscriber, @event);
                    break;
                }
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A reference that throws must not fail who publishes, which may be an actor's run.")]
    private static void Give(IActorRef subscriber, object @event)
    {
        try
        {
            subscriber.Tell(@event, ActorCell.Current?.Self);
        }
        catch (Exception)
        {
            // There is no one to tell: the stream is where errors are told.
        }
    }

    private void Replace(int index, Type[] channels)
    {
        var copy = (Subscription[])_subscriptions.Clone();
        copy[index] = copy[index] with { Channels = channels };
        _subscriptions = copy;
    }

    private readonly record struct Subscription(IActorRef Subscriber, Type[] Channels);
}
