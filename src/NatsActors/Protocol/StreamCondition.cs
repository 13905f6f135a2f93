namespace NatsActors.Protocol;

/// <summary>
/// The condition of a frame with <c>jetstream.strict-order</c>: the stream may store the frame only behind the frame before it.
/// The server compares the header with the message id of the last message in the stream, after it has looked for duplicates
/// (https://docs.nats.io/nats-concepts/jetstream/headers).
/// </summary>
internal static class StreamCondition
{
    /// <summary>The header with the id that the last message in the stream must have.</summary>
    public const string Header = "Nats-Expected-Last-Msg-Id";

    /// <summary>JSStreamWrongLastMsgIDErrF: the last message in the stream has another id.</summary>
    public const int NotMet = 10070;

    /// <summary>The bytes of <see cref="Header"/> in a frame, up to its value.</summary>
    public static ReadOnlySpan<byte> Name => "Nats-Expected-Last-Msg-Id: "u8;

    // A name without a meaning to a server, as long as the header's name, so that the frame keeps its sizes.
    private static ReadOnlySpan<byte> FormerName => "Nats-Actors-Former-Msg-Id: "u8;

    /// <summary>Removes the condition from a frame, in place.</summary>
    /// <returns>False when the frame has none.</returns>
    public static bool TryLift(Span<byte> frame)
    {
        var headers = FrameReader.Headers(frame);
        var at = headers.IndexOf(Name);
        if (at < 0)
        {
            return false;
        }

        FormerName.CopyTo(headers[at..]);
        return true;
    }

    /// <summary>Makes the condition of a frame name another message, in place; spaces before the value have no meaning to a server.</summary>
    /// <returns>False when the frame has no condition, or the id is longer than the one that is there.</returns>
    public static bool TryName(Span<byte> frame, ReadOnlySpan<byte> id)
    {
        var headers = FrameReader.Headers(frame);
        var at = headers.IndexOf(Name);
        if (at < 0)
        {
            return false;
        }

        var value = headers[(at + Name.Length)..];
        value = value[..value.IndexOf("\r\n"u8)];
        if (id.Length > value.Length)
        {
            return false;
        }

        value.Fill((byte)' ');
        id.CopyTo(value[^id.Length..]);
        return true;
    }
}
