using System.Collections.Frozen;
using Google.Protobuf;
using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>
/// The table of all messages that cross a network: manifest, type and wire form. A manifest is never used again for another
/// message. A test checks that the table has every type of the contract.
/// </summary>
internal static class ContractTable
{
    public static IReadOnlyList<Entry> All { get; } =
    [
        Of<Publish, PublishWire>("p", CommandWire.Write, CommandWire.Read),
        Of<PublishBatch, PublishBatchWire>("pb", CommandWire.Write, CommandWire.Read),
        Of<GetStatus, GetStatusWire>("gs", _ => new GetStatusWire(), _ => GetStatus.Instance),
        Of<Flush, FlushWire>("f", CommandWire.Write, CommandWire.Read),
        Of<Drain, DrainWire>("d", CommandWire.Write, CommandWire.Read),
        Of<Purge, PurgeWire>("pu", CommandWire.Write, CommandWire.Read),
        Of<ForceReconnect, ForceReconnectWire>("fr", _ => new ForceReconnectWire(), _ => ForceReconnect.Instance),

        Of<Ack, AckWire>("a", ReplyWire.Write, ReplyWire.Read),
        Of<BufferFull, BufferFullWire>("bf", ReplyWire.Write, ReplyWire.Read),
        Of<Rejected, RejectedWire>("rj", ReplyWire.Write, ReplyWire.Read),
        Of<BatchReply, BatchReplyWire>("br", ReplyWire.Write, ReplyWire.Read),
        Of<Flushed, FlushedWire>("fd", ReplyWire.Write, ReplyWire.Read),
        Of<Drained, DrainedWire>("dd", ReplyWire.Write, ReplyWire.Read),
        Of<Purged, PurgedWire>("pd", ReplyWire.Write, ReplyWire.Read),
        Of<PublisherStatus, PublisherStatusWire>("st", StatusWire.Write, StatusWire.Read),
        Of<CapacityAvailable, CapacityAvailableWire>("ca", ReplyWire.Write, ReplyWire.Read),

        Of<Delivered, DeliveredWire>("od", OutcomeWire.Write, OutcomeWire.Read),
        Of<Stored, StoredWire>("os", OutcomeWire.Write, OutcomeWire.Read),
        Of<Undelivered, UndeliveredWire>("ou", OutcomeWire.Write, OutcomeWire.Read),

        Of<Connected, ConnectedWire>("ec", EventWire.Write, EventWire.Read),
        Of<Disconnected, DisconnectedWire>("ed", EventWire.Write, EventWire.Read),
        Of<Reconnected, ReconnectedWire>("er", EventWire.Write, EventWire.Read),
        Of<AuthenticationFailed, AuthenticationFailedWire>("ea", EventWire.Write, EventWire.Read),
        Of<TlsFailed, TlsFailedWire>("et", EventWire.Write, EventWire.Read),
        Of<ServersDiscovered, ServersDiscoveredWire>("es", EventWire.Write, EventWire.Read),
        Of<LameDuck, LameDuckWire>("el", EventWire.Write, EventWire.Read),
        Of<HighWatermark, HighWatermarkWire>("eh", EventWire.Write, EventWire.Read),
        Of<OverflowStarted, OverflowStartedWire>("eo", EventWire.Write, EventWire.Read),
        Of<OverflowEnded, OverflowEndedWire>("ee", EventWire.Write, EventWire.Read),
        Of<MessagesUndelivered, MessagesUndeliveredWire>("eu", EventWire.Write, EventWire.Read),
        Of<DuplicateWindowExceeded, DuplicateWindowExceededWire>("ew", EventWire.Write, EventWire.Read),
        Of<JournalFailed, JournalFailedWire>("ejf", EventWire.Write, EventWire.Read),
        Of<JournalRecovered, JournalRecoveredWire>("ejr", EventWire.Write, EventWire.Read),
        Of<JournalDamaged, JournalDamagedWire>("ejd", EventWire.Write, EventWire.Read),
        Of<OutcomeRecovered, OutcomeRecoveredWire>("eor", EventWire.Write, EventWire.Read),
        Of<Draining, DrainingWire>("eg", EventWire.Write, EventWire.Read),
        Of<Closed, ClosedWire>("ex", EventWire.Write, EventWire.Read),

        // The stand-ins cross inside "p" and "pb". They cross alone only when an actor forwards one to another system.
        Of<OversizedMessage, UnsentWire>("uo", UnsentWires.Write, UnsentWires.Read),
        Of<UnreadableMessage, UnsentWire>("uu", UnsentWires.Write, UnsentWires.Read),
    ];

    private static readonly FrozenDictionary<Type, Entry> ByType = All.ToFrozenDictionary(entry => entry.Type);

    private static readonly FrozenDictionary<string, Entry> ByManifest = All.ToFrozenDictionary(entry => entry.Manifest, StringComparer.Ordinal);

    public static Entry? Find(Type type) => ByType.GetValueOrDefault(type);

    public static Entry? Find(string manifest) => ByManifest.GetValueOrDefault(manifest);

    private static Entry Of<T, TWire>(string manifest, Func<T, TWire> write, Func<TWire, object> read)
        where T : IContractMessage
        where TWire : class, IMessage<TWire>, new()
    {
        var parser = new MessageParser<TWire>(() => new TWire()).WithDiscardUnknownFields(true);
        return new Entry(manifest, typeof(T), message => write((T)message), bytes => read(parser.ParseFrom(bytes)));
    }

    /// <param name="Manifest">The name of the message, which crosses beside the bytes.</param>
    /// <param name="Type">The message.</param>
    /// <param name="Write">Makes the wire form; throws only what a caller's list throws.</param>
    /// <param name="Read">Makes the message; throws <see cref="InvalidProtocolBufferException"/> only.</param>
    internal sealed record Entry(string Manifest, Type Type, Func<object, IMessage> Write, Func<byte[], object> Read);
}
