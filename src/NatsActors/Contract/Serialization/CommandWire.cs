using Google.Protobuf;
using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>Commands to and from their wire form.</summary>
internal static class CommandWire
{
    /// <summary>The payload is wrapped and not copied. The only copy is made when the wire form is written.</summary>
    public static PublishWire Write(Publish message)
    {
        var wire = new PublishWire { Payload = UnsafeByteOperations.UnsafeWrap(message.Payload), WantsOutcome = message.WantsOutcome };
        if (message.Subject is { } subject)
        {
            wire.Subject = TextWire.Write(subject);
        }

        if (message.Headers is { } headers)
        {
            wire.Headers = Write(headers);
        }

        if (message.ReplyTo is { } replyTo)
        {
            wire.ReplyTo = TextWire.Write(replyTo);
        }

        if (message.Id is { } id)
        {
            wire.Id = TextWire.Write(id);
        }

        if (message.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        if (message.TimeToLive is { } timeToLive)
        {
            wire.TimeToLiveTicks = timeToLive.Ticks;
        }

        return wire;
    }

    public static IContractMessage Read(PublishWire wire) => wire.Unsent is { } unsent ? UnsentWires.Read(unsent) : ReadMessage(wire);

    public static PublishBatchWire Write(PublishBatch batch)
    {
        var wire = new PublishBatchWire { Atomic = batch.Atomic };
        foreach (var message in batch.Messages)
        {
            // The list belongs to a caller and may contain null in spite of its type.
            wire.Messages.Add(message is null ? new PublishWire { Absent = true } : Write(message));
        }

        if (batch.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        return wire;
    }

    public static IContractMessage Read(PublishBatchWire wire)
    {
        if (wire.Unsent is { } unsent)
        {
            return UnsentWires.Read(unsent);
        }

        var messages = new Publish[wire.Messages.Count];
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i] = wire.Messages[i].Absent ? null! : ReadMessage(wire.Messages[i]);
        }

        return new PublishBatch(messages)
        {
            CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null,
            Atomic = wire.Atomic,
        };
    }

    public static FlushWire Write(Flush flush) => new() { TimeoutTicks = flush.Timeout.Ticks };

    public static Flush Read(FlushWire wire) => new(TimeSpan.FromTicks(wire.TimeoutTicks));

    public static DrainWire Write(Drain drain) => new() { DeadlineTicks = drain.Deadline.Ticks };

    public static Drain Read(DrainWire wire) => new(TimeSpan.FromTicks(wire.DeadlineTicks));

    public static PurgeWire Write(Purge purge)
    {
        var wire = new PurgeWire();
        if (purge.SubjectFilter is { } filter)
        {
            wire.SubjectFilter = TextWire.Write(filter);
        }

        return wire;
    }

    public static Purge Read(PurgeWire wire) => new(wire.HasSubjectFilter ? TextWire.Read(wire.SubjectFilter) : null);

    private static HeadersWire Write(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var wire = new HeadersWire();
        foreach (var (name, value) in headers)
        {
            var entry = new HeaderWire();
            if (name is not null)
            {
                entry.Name = TextWire.Write(name);
            }

            if (value is not null)
            {
                entry.Value = TextWire.Write(value);
            }

            wire.Entries.Add(entry);
        }

        return wire;
    }

    // The parser has copied the payload into an array of the message's own, so a view of it is safe.
    private static Publish ReadMessage(PublishWire wire) => new()
    {
        // A null subject stays null, and the door rejects it.
        Subject = wire.HasSubject ? TextWire.Read(wire.Subject) : null!,
        Payload = wire.Payload.Memory,
        Headers = wire.Headers is { } headers ? Read(headers) : null,
        ReplyTo = wire.HasReplyTo ? TextWire.Read(wire.ReplyTo) : null,
        Id = wire.HasId ? TextWire.Read(wire.Id) : null,
        CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null,
        TimeToLive = wire.HasTimeToLiveTicks ? TimeSpan.FromTicks(wire.TimeToLiveTicks) : null,
        WantsOutcome = wire.WantsOutcome,
    };

    private static KeyValuePair<string, string>[] Read(HeadersWire wire)
    {
        var headers = new KeyValuePair<string, string>[wire.Entries.Count];
        for (var i = 0; i < headers.Length; i++)
        {
            var entry = wire.Entries[i];
            headers[i] = new(entry.HasName ? TextWire.Read(entry.Name) : null!, entry.HasValue ? TextWire.Read(entry.Value) : null!);
        }

        return headers;
    }
}
