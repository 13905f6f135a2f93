namespace NatsActors;

/// <summary>The policy for a publish when the buffer is full (<c>buffer.overflow</c>).</summary>
public enum OverflowPolicy
{
    /// <summary><c>reject</c>: <see cref="BufferFull"/> at once.</summary>
    Reject,

    /// <summary><c>wait</c>: the reply is held until there is room, for <c>buffer.wait-timeout</c>.</summary>
    Wait,

    /// <summary><c>drop-oldest</c>: the oldest queued messages end as <see cref="UndeliveredReason.Dropped"/>.</summary>
    DropOldest,
}
