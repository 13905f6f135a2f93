namespace NatsActors.Actors;

/// <summary>The kernel's mailbox calls it as it stands.</summary>
internal sealed partial class MailboxBound : IMailboxBound;
