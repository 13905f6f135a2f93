using NatsActors.Cluster.Sharding;

namespace NatsActors.Cluster;

/// <summary>
/// A message to the publisher of one key, by way of the region of its type (<see cref="ShardedNatsPublishers"/>). The region finds the
/// node of the key; the publisher answers the sender as any publisher does.
/// </summary>
/// <remarks>
/// A key has 1 to 128 letters, digits, <c>-</c>, <c>_</c> and <c>.</c>. Another key is an <see cref="ArgumentException"/> where the message is
/// made. Akka.NET delivers a message to a region at most once: a sender that gets no reply, because a node died or a shard moved, tells
/// the message again. With a <see cref="Publish.Id"/> a stream stores it once.
/// </remarks>
public abstract record KeyedMessage
{
    private readonly string _key;

    private protected KeyedMessage(string key)
    {
        _key = ShardKey.Checked(key);
    }

    /// <summary>The key: a tenant, a device, an order. Messages of one key leave in the order in which they were accepted.</summary>
    /// <exception cref="ArgumentException">The value breaks a rule.</exception>
    public string Key
    {
        get => _key;
        init => _key = ShardKey.Checked(value);
    }

    /// <summary>What the publisher gets.</summary>
    internal abstract IContractMessage Inner { get; }
}

/// <summary>One message for a key; the reply is <see cref="Ack"/>, <see cref="BufferFull"/> or <see cref="Rejected"/>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Message">The message.</param>
public sealed record KeyedPublish(string Key, Publish Message) : KeyedMessage(Key)
{
    /// <summary>The message.</summary>
    public Publish Message { get; init; } = Message ?? throw new ArgumentNullException(nameof(Message));

    internal override IContractMessage Inner => Message;
}

/// <summary>Several messages for a key; the reply is one <see cref="BatchReply"/>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Batch">The messages.</param>
public sealed record KeyedBatch(string Key, PublishBatch Batch) : KeyedMessage(Key)
{
    /// <summary>The messages.</summary>
    public PublishBatch Batch { get; init; } = Batch ?? throw new ArgumentNullException(nameof(Batch));

    internal override IContractMessage Inner => Batch;
}

/// <summary>Asks for the <see cref="PublisherStatus"/> of a key's publisher. Starts the publisher if it does not run.</summary>
/// <param name="Key">The key.</param>
public sealed record KeyedStatus(string Key) : KeyedMessage(Key)
{
    internal override IContractMessage Inner => GetStatus.Instance;
}

/// <summary>
/// Asks for a <see cref="Flushed"/> when every message of the key that was accepted before has an outcome. Starts the publisher if it does
/// not run; with a journal it flushes what the journal has.
/// </summary>
/// <param name="Key">The key.</param>
/// <param name="Timeout">The longest time to wait, as of <see cref="Flush"/>.</param>
public sealed record KeyedFlush(string Key, TimeSpan Timeout) : KeyedMessage(Key)
{
    internal override IContractMessage Inner => new Flush(Timeout);
}

/// <summary>A message that could not leave the sender's node as it was. The publisher says why.</summary>
internal sealed record KeyedUnsent(string Key, UnsentMessage Message) : KeyedMessage(Key)
{
    internal override IContractMessage Inner => Message;
}

/// <summary>
/// A message of a newer version, which this one passes on as it came. The node of the key answers it, if it does not know it either.
/// </summary>
internal sealed record KeyedUnknown(string Key, string Manifest, byte[] Wire) : KeyedMessage(Key)
{
    internal override IContractMessage Inner => new UnknownMessage(Manifest);
}

/// <summary>What an entity gets of a message that its version does not know. Never crosses a network.</summary>
internal sealed record UnknownMessage(string Manifest) : IContractMessage, Akka.Actor.INoSerializationVerificationNeeded
{
    public Rejected ToReply() => new(
        RejectReason.InternalError,
        $"the node of the key has a version of NatsActors.Cluster that does not know the message '{Manifest}'; update that node first");
}
