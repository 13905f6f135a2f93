namespace NatsActors.Buffer;

/// <summary>
/// The buffer's watermarks and the episode of overflow between them: decides when <see cref="HighWatermark"/>,
/// <see cref="OverflowStarted"/> and <see cref="OverflowEnded"/> are due, each once an episode.
/// </summary>
internal sealed class BufferPressure(BufferSettings settings, PublishBuffer buffer)
{
    // In whole messages and bytes: the door compares with them for every message.
    private readonly long _lowMessages = (long)(settings.LowWatermark * buffer.MaxMessages);
    private readonly long _lowBytes = (long)(settings.LowWatermark * buffer.MaxBytes);
    private readonly long _highMessages = (long)(settings.HighWatermark * buffer.MaxMessages);
    private readonly long _highBytes = (long)(settings.HighWatermark * buffer.MaxBytes);
    private bool _high;
    private bool _overflow;
    private long _refused;
    private long _dropped;

    public bool BelowLow => buffer.Messages <= _lowMessages && buffer.Bytes <= _lowBytes;

    private bool AboveHigh => buffer.Messages > _highMessages || buffer.Bytes > _highBytes;

    /// <summary>True when the high watermark was crossed and nobody was told yet.</summary>
    public bool HighDue => !_high && AboveHigh;

    /// <summary>A watermark was crossed, upwards or downwards, and nobody was told yet.</summary>
    public bool HasNews => HighDue || ((_high || _overflow) && BelowLow);

    /// <summary>True once for each crossing.</summary>
    public bool CrossedHigh()
    {
        var due = HighDue;
        _high |= due;
        return due;
    }

    /// <summary>A message was refused, made to wait, or made others drop; true for the first of an episode.</summary>
    public bool Overflowed(long refused, long dropped)
    {
        _refused += refused;
        _dropped += dropped;
        var first = !_overflow;
        _overflow = true;
        return first;
    }

    /// <summary>The buffer is below its low watermark again; true when that ends an episode of overflow.</summary>
    public bool Relieved(out long refused, out long dropped)
    {
        (refused, dropped) = (_refused, _dropped);
        if (!BelowLow)
        {
            return false;
        }

        var ended = _overflow;
        _high = _overflow = false;
        _refused = _dropped = 0;
        return ended;
    }
}
