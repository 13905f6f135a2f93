namespace NatsActors.Wire;

/// <summary>
/// How much INFO one link takes: a server announces a change of its cluster, not a stream. Each INFO goes on to the connection's
/// mailbox, which nothing else bounds. Not thread-safe.
/// </summary>
internal sealed class InfoBudget(TimeProvider time)
{
    /// <summary>INFO lines within <see cref="Span"/>: a cluster of hundreds that starts all at once.</summary>
    public const int MaxLines = 1000;

    /// <summary>Their bytes.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    public static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    /// <summary>What a link ends with that was sent more.</summary>
    public static LinkFailure Exceeded => new(
        LinkLossKind.ServerError, $"the server sent more than {MaxLines} INFOs, or {MaxBytes} bytes of them, within {Span.TotalSeconds:0} s");

    private long _since = time.GetTimestamp();
    private int _lines;
    private int _bytes;

    /// <summary>Counts one INFO; false when it is one too many.</summary>
    public bool Take(int bytes)
    {
        if (time.GetElapsedTime(_since) >= Span)
        {
            _since = time.GetTimestamp();
            _lines = _bytes = 0;
        }

        _bytes += bytes;
        return ++_lines <= MaxLines && _bytes <= MaxBytes;
    }
}
