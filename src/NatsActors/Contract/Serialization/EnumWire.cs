using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>
/// Enums by the numbers of contract.proto. An unknown value is written as 0 and never throws; the comment of each <c>Read</c> names
/// its fallback. A test checks that every C# value has a number of its own.
/// </summary>
internal static class EnumWire
{
    public static BufferLimitWire Write(BufferLimit limit) => limit switch
    {
        BufferLimit.Bytes => BufferLimitWire.Bytes,
        BufferLimit.Messages => BufferLimitWire.Messages,
        BufferLimit.Waiters => BufferLimitWire.Waiters,
        BufferLimit.WaitTimeout => BufferLimitWire.WaitTimeout,
        _ => BufferLimitWire.Unknown,
    };

    /// <summary>Fallback: <see cref="BufferLimit.Bytes"/>. The sender of the message waits for room in any case.</summary>
    public static BufferLimit Read(BufferLimitWire limit) => limit switch
    {
        BufferLimitWire.Messages => BufferLimit.Messages,
        BufferLimitWire.Waiters => BufferLimit.Waiters,
        BufferLimitWire.WaitTimeout => BufferLimit.WaitTimeout,
        _ => BufferLimit.Bytes,
    };

    public static RejectReasonWire Write(RejectReason reason) => reason switch
    {
        RejectReason.BadSubject => RejectReasonWire.BadSubject,
        RejectReason.BadReplyTo => RejectReasonWire.BadReplyTo,
        RejectReason.BadHeader => RejectReasonWire.BadHeader,
        RejectReason.BadTimeToLive => RejectReasonWire.BadTimeToLive,
        RejectReason.BadMessage => RejectReasonWire.BadMessage,
        RejectReason.ControlLineTooLong => RejectReasonWire.ControlLineTooLong,
        RejectReason.TooLargeForServer => RejectReasonWire.TooLargeForServer,
        RejectReason.TooLargeForBuffer => RejectReasonWire.TooLargeForBuffer,
        RejectReason.TooLargeForRemote => RejectReasonWire.TooLargeForRemote,
        RejectReason.Draining => RejectReasonWire.Draining,
        RejectReason.Closed => RejectReasonWire.Closed,
        RejectReason.InternalError => RejectReasonWire.InternalError,
        RejectReason.BadBatch => RejectReasonWire.BadBatch,
        RejectReason.NotDurable => RejectReasonWire.NotDurable,
        _ => RejectReasonWire.Unknown,
    };

    /// <summary>Fallback: <see cref="RejectReason.InternalError"/>, a refusal of no known kind; the detail says more.</summary>
    public static RejectReason Read(RejectReasonWire reason) => reason switch
    {
        RejectReasonWire.BadSubject => RejectReason.BadSubject,
        RejectReasonWire.BadReplyTo => RejectReason.BadReplyTo,
        RejectReasonWire.BadHeader => RejectReason.BadHeader,
        RejectReasonWire.BadTimeToLive => RejectReason.BadTimeToLive,
        RejectReasonWire.BadMessage => RejectReason.BadMessage,
        RejectReasonWire.ControlLineTooLong => RejectReason.ControlLineTooLong,
        RejectReasonWire.TooLargeForServer => RejectReason.TooLargeForServer,
        RejectReasonWire.TooLargeForBuffer => RejectReason.TooLargeForBuffer,
        RejectReasonWire.TooLargeForRemote => RejectReason.TooLargeForRemote,
        RejectReasonWire.Draining => RejectReason.Draining,
        RejectReasonWire.Closed => RejectReason.Closed,
        RejectReasonWire.BadBatch => RejectReason.BadBatch,
        RejectReasonWire.NotDurable => RejectReason.NotDurable,
        _ => RejectReason.InternalError,
    };

    public static UndeliveredReasonWire Write(UndeliveredReason reason) => reason switch
    {
        UndeliveredReason.Expired => UndeliveredReasonWire.Expired,
        UndeliveredReason.Dropped => UndeliveredReasonWire.Dropped,
        UndeliveredReason.Purged => UndeliveredReasonWire.Purged,
        UndeliveredReason.PermissionDenied => UndeliveredReasonWire.PermissionDenied,
        UndeliveredReason.TooLarge => UndeliveredReasonWire.TooLarge,
        UndeliveredReason.NotStored => UndeliveredReasonWire.NotStored,
        UndeliveredReason.Poison => UndeliveredReasonWire.Poison,
        UndeliveredReason.Indeterminate => UndeliveredReasonWire.Indeterminate,
        UndeliveredReason.Closed => UndeliveredReasonWire.Closed,
        UndeliveredReason.Kept => UndeliveredReasonWire.Kept,
        _ => UndeliveredReasonWire.Unknown,
    };

    /// <summary>
    /// Fallback: <see cref="UndeliveredReason.Indeterminate"/>, the reason that promises least: the message may have arrived.
    /// </summary>
    public static UndeliveredReason Read(UndeliveredReasonWire reason) => reason switch
    {
        UndeliveredReasonWire.Expired => UndeliveredReason.Expired,
        UndeliveredReasonWire.Dropped => UndeliveredReason.Dropped,
        UndeliveredReasonWire.Purged => UndeliveredReason.Purged,
        UndeliveredReasonWire.PermissionDenied => UndeliveredReason.PermissionDenied,
        UndeliveredReasonWire.TooLarge => UndeliveredReason.TooLarge,
        UndeliveredReasonWire.NotStored => UndeliveredReason.NotStored,
        UndeliveredReasonWire.Poison => UndeliveredReason.Poison,
        UndeliveredReasonWire.Closed => UndeliveredReason.Closed,
        UndeliveredReasonWire.Kept => UndeliveredReason.Kept,
        _ => UndeliveredReason.Indeterminate,
    };

    public static ConnectionStateWire Write(ConnectionState state) => state switch
    {
        ConnectionState.Connecting => ConnectionStateWire.Connecting,
        ConnectionState.Connected => ConnectionStateWire.Connected,
        ConnectionState.Backoff => ConnectionStateWire.Backoff,
        ConnectionState.Draining => ConnectionStateWire.Draining,
        ConnectionState.Closed => ConnectionStateWire.Closed,
        _ => ConnectionStateWire.Unknown,
    };

    /// <summary>Fallback: <see cref="ConnectionState.Connecting"/>. A link is not promised, and an end is not claimed.</summary>
    public static ConnectionState Read(ConnectionStateWire state) => state switch
    {
        ConnectionStateWire.Connected => ConnectionState.Connected,
        ConnectionStateWire.Backoff => ConnectionState.Backoff,
        ConnectionStateWire.Draining => ConnectionState.Draining,
        ConnectionStateWire.Closed => ConnectionState.Closed,
        _ => ConnectionState.Connecting,
    };

    public static LinkLossKindWire Write(LinkLossKind kind) => kind switch
    {
        LinkLossKind.Unreachable => LinkLossKindWire.Unreachable,
        LinkLossKind.Protocol => LinkLossKindWire.Protocol,
        LinkLossKind.Tls => LinkLossKindWire.Tls,
        LinkLossKind.Authorization => LinkLossKindWire.Authorization,
        LinkLossKind.Closed => LinkLossKindWire.Closed,
        LinkLossKind.ServerError => LinkLossKindWire.ServerError,
        LinkLossKind.Timeout => LinkLossKindWire.Timeout,
        LinkLossKind.Local => LinkLossKindWire.Local,
        _ => LinkLossKindWire.Unknown,
    };

    /// <summary>Fallback: <see cref="LinkLossKind.Closed"/>, the plainest loss; the event's detail says more.</summary>
    public static LinkLossKind Read(LinkLossKindWire kind) => kind switch
    {
        LinkLossKindWire.Unreachable => LinkLossKind.Unreachable,
        LinkLossKindWire.Protocol => LinkLossKind.Protocol,
        LinkLossKindWire.Tls => LinkLossKind.Tls,
        LinkLossKindWire.Authorization => LinkLossKind.Authorization,
        LinkLossKindWire.ServerError => LinkLossKind.ServerError,
        LinkLossKindWire.Timeout => LinkLossKind.Timeout,
        LinkLossKindWire.Local => LinkLossKind.Local,
        _ => LinkLossKind.Closed,
    };

    public static OverflowPolicyWire Write(OverflowPolicy policy) => policy switch
    {
        OverflowPolicy.Reject => OverflowPolicyWire.Reject,
        OverflowPolicy.Wait => OverflowPolicyWire.Wait,
        OverflowPolicy.DropOldest => OverflowPolicyWire.DropOldest,
        _ => OverflowPolicyWire.Unknown,
    };

    /// <summary>Fallback: <see cref="OverflowPolicy.Reject"/>, the default.</summary>
    public static OverflowPolicy Read(OverflowPolicyWire policy) => policy switch
    {
        OverflowPolicyWire.Wait => OverflowPolicy.Wait,
        OverflowPolicyWire.DropOldest => OverflowPolicy.DropOldest,
        _ => OverflowPolicy.Reject,
    };
}
