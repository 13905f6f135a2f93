using NatsActors.Buffering;

namespace NatsActors.Wire;

/// <summary>
/// The condition that a frame puts on its stream with <c>jetstream.strict-order</c>: to be stored only behind the frame before it.
/// A server compares the header with the message id of the last message in the stream, after it has looked for duplicates
/// (https://docs.nats.io/nats-concepts/jetstream/headers).
/// </summary>
internal static class StreamCondition
{
    /// <summary>The id that the last message in the stream must have.</summary>
    public const string Header = "Nats-Expected-Last-Msg-Id";

    /// <summary>JSStreamWrongLastMsgIDErrF: the last message in the stream has another id.</summary>
    public const int NotMet = 10070;

    /// <summary><see cref="Header"/> as it stands in a frame, before its value.</summary>
    public static ReadOnlySpan<byte> Name => "Nats-Expected-Last-Msg-Id: "u8;

    // As long as the name, so that the frame keeps its sizes; it means nothing to a server.
    private static ReadOnlySpan<byte> FormerName => "Nats-Actors-Former-Msg-Id: "u8;

    /// <summary>Takes the condition from a frame, in place.</summary>
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
}
