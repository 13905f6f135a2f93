namespace NatsActors.Delivery;

/// <summary>
/// How much may be in flight. After a link is lost, what was in flight on it goes out again in windows that start at one message
/// and double with each confirmation: a slow link makes progress although it cannot confirm a full window in time, and a frame
/// that makes the server close the link ends up in flight alone. Behind the suspect part the full window applies at once, unless
/// links timed out: then less is in flight than on the link that did, and the window grows back by a sixteenth with each
/// confirmation, so that a connection too slow for the full window is not lost over and over.
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

    /// <summary>A link timed out with this much in flight.</summary>
    public void TimedOut(long inFlightBytes) => _bytes = Math.Clamp(inFlightBytes / 2, Math.Min(SmallestWindow, maxBytes), maxBytes);

    /// <summary>Something was confirmed.</summary>
    public void Confirmed()
    {
        _messages = Math.Min(maxMessages, _messages * 2);
        _bytes = _bytes >= maxBytes ? maxBytes : _bytes + (_bytes / 16) + 1;
    }

    private long Limit(long first) => first <= _suspectThrough ? _messages : maxMessages;
}

/// <summary>Tells when a frame has killed enough links to be given up.</summary>
internal sealed class PoisonWatch(int limit)
{
    private long _suspect;
    private int _strikes;

    /// <summary>
    /// A link was lost. Counts only when the server ended it with one message in flight: only then is that message to blame, and
    /// a silent or unreachable server says nothing about a message.
    /// </summary>
    /// <returns>True when <paramref name="first"/> is to be given up.</returns>
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
