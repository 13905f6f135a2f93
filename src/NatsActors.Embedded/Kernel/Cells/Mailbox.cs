using System.Threading.Channels;

namespace NatsActors.Kernel;

/// <summary>A message and who sent it.</summary>
internal readonly record struct Envelope(object Message, IActorRef? Sender);

/// <summary>
/// What waits for a cell, in order of arrival. Taken from by the cell's run alone; closed once, and what is put after that is
/// turned away. Every admitted message is released once.
/// </summary>
internal sealed class Mailbox(IMailboxBound? bound)
{
    private readonly Channel<Envelope> _queue = Channel.CreateUnbounded<Envelope>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = false });

    /// <summary>False when the mailbox is closed. A message that the bound keeps out is answered by the bound and counts as put.</summary>
    public bool TryPut(object message, IActorRef? sender)
    {
        if (bound is null)
        {
            return _queue.Writer.TryWrite(new Envelope(message, sender));
        }

        if (!IsKernels(message) && !bound.TryAdmit(message))
        {
            bound.Refuse(message, sender);
            return true;
        }

        if (_queue.Writer.TryWrite(new Envelope(message, sender)))
        {
            return true;
        }

        if (!IsKernels(message))
        {
            bound.Withdraw(message);
        }

        return false;
    }

    /// <summary>The caller releases what it took when it has handled it.</summary>
    public bool TryTake(out Envelope envelope)
    {
        var taken = _queue.Reader.TryRead(out envelope);
        if (!taken)
        {
            bound?.Settle();
        }

        return taken;
    }

    public void Release(object message)
    {
        if (bound is not null && !IsKernels(message))
        {
            bound.Release(message);
        }
    }

    public void Close() => _queue.Writer.TryComplete();

    /// <summary>What the kernel puts in: it must get through whatever the bound says, or a full mailbox could not be stopped.</summary>
    public static bool IsKernels(object message) => message is ActorTimer or Terminated or PoisonPill;
}
