namespace NatsActors;

/// <summary>
/// Marks every message of the contract: commands, replies, outcomes and events. <c>reference.conf</c> binds this interface to the
/// serializer. A test checks that every such type has a manifest.
/// </summary>
internal interface IContractMessage;
