namespace NatsActors.Kernel;

/// <summary>How to make an actor, again and again: a restart runs the factory anew.</summary>
internal sealed class Props
{
    private readonly Func<UntypedActor> _factory;

    private Props(Func<UntypedActor> factory, IMailboxBound? mailboxBound)
    {
        _factory = factory;
        MailboxBound = mailboxBound;
    }

    public IMailboxBound? MailboxBound { get; }

    public static Props Create<T>(Func<T> factory)
        where T : UntypedActor => new(factory, null);

    /// <summary>The same with a limit on what waits in the mailbox.</summary>
    public Props WithMailboxBound(IMailboxBound bound) => new(_factory, bound);

    internal UntypedActor NewActor() => _factory();
}
