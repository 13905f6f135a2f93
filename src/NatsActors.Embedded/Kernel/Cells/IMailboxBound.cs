namespace NatsActors.Kernel;

/// <summary>
/// Limits what waits in a mailbox. Called on the tellers' threads at once and without a lock: an implementation counts
/// atomically. Every message that was admitted is released exactly once. What the kernel itself puts into the mailbox (timers,
/// <see cref="Terminated"/>, <see cref="PoisonPill"/>) is not asked about.
/// </summary>
internal interface IMailboxBound
{
    /// <summary>False keeps the message out; <see cref="Refuse"/> follows.</summary>
    bool TryAdmit(object message);

    /// <summary>Answers for a message that was not admitted.</summary>
    void Refuse(object message, IActorRef? sender);

    /// <summary>An admitted message has left: it was handled, or it went to the dead letters. On the cell's run only.</summary>
    void Release(object message);

    /// <summary>The cell's run has found the mailbox empty: everything that was admitted has left.</summary>
    void Settle();

    /// <summary>An admitted message met a mailbox that had just been closed; on the teller's thread.</summary>
    void Withdraw(object message);
}
