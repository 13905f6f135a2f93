namespace NatsActors.Actors;

/// <summary>The kernel's mailbox calls it as it stands.</summary>
internal sealed partial class MailboxBound : IMailboxBound
{
    private Reader? _reader;

    public void Release(object message) => (_reader ??= new Reader(this)).Release(message);

    public void Settle() => _reader?.Settle();
}
