namespace NatsActors.Delivery;

/// <summary>
/// Limits the messages and bytes in flight.
/// <para>
/// After a lost link its frames in flight are sent again in windows that start at one message and double with each confirmation. A
/// slow link thus makes progress although it cannot confirm a full window in time, and a frame that makes the server close the link
/// is soon alone in flight. Frames behind them get the full window at once.
/// </para>
/// <para>
/// After a link that timed out the window in bytes is half of what was in flight. It grows by a sixteenth with each confirmation, so
/// that a connection that is too slow for the full window is not lost again and again.
/// </para>
/// </summary>
internal sealed class FlowWindow(long maxBytes, long maxMessages)
{
    private const long SmallestWindow = 4096;

    private long _suspectThrough;
    private long _messages = 1;
    private long _bytes = long.MaxValue;

    /// <summary>Messages that may be taken now.</summary>
    public long Messages(long first, long inFlightMessages) =>
        Math.Max(0, Limit(first) - inFlightMessages);

    /// <summary>Bytes that may be taken now.</summary>
    public long Bytes(long inFlightBytes) => Math.Max(0, Math.Min(_bytes, maxBytes) - inFlightBytes);

    /// <summary>
    /// A link was lost, or a stream did not answer, with frames up to <paramref name="lastInFlight"/> in flight.
    /// </summary>
    public void Lost(long lastInFlight)
    {
        _suspectThrough = Math.Max(_suspectThrough, lastInFlight);
        _messages = 1;
    }

    /// <summary>A link timed out with this many bytes in flight.</summary>
    public void TimedOut(long inFlightBytes) => _bytes = Math.Clamp(inFlightBytes / 2, Math.Min(SmallestWindow, maxBytes), maxBytes);

    /// <summary>Something was confirmed.</summary>
    public void Confirmed()
    {
        _messages = Math.Min(maxMessages, _messages * 2);
        _bytes = _bytes >= maxBytes ? maxBytes : _bytes + (_bytes / 16) + 1;
    }

    private long Limit(long first) => first <= _suspectThrough ? _messages : maxMessages;
}

/// <summary>Counts the links that a frame has killed, and decides when the frame is given up.</summary>
internal sealed class PoisonWatch(int limit)
{
    private long _suspect;
    private int _strikes;

    /// <summary>
    /// A link was lost. The loss counts only if the server ended the link with one message in flight, because only then that message
    /// can be the cause. A silent or unreachable server proves nothing about a message.
    /// </summary>
    /// <returns>True when the message <paramref name="first"/> must be given up.</returns>
    public bool Lost(long first, long inFlightMessages, LinkLossKind kind)
    {
        if (inFlightMessages != 1 || kind is not (LinkLossKind.Closed or LinkLossKind.ServerError))
        {
            return false;
        }

        _strikes = first == _suspect ? _strikes + 1 : 1;
        _suspect = first;
        return _strikes >= limit;
    }
}
