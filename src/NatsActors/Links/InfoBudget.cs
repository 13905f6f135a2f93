namespace NatsActors.Links;

/// <summary>
/// Limits the INFO lines that one link takes. A server sends INFO when its cluster changes. Each INFO becomes a message to the
/// connection actor, and nothing else bounds that actor's mailbox. Not thread-safe.
/// </summary>
internal sealed class InfoBudget(TimeProvider time)
{
    /// <summary>The largest number of INFO lines within <see cref="Span"/>: enough for hundreds of servers that start together.</summary>
    public const int MaxLines = 1000;

    /// <summary>The largest number of bytes of these lines.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    public static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    /// <summary>The failure for more INFO than the limits allow.</summary>
    public static LinkFailure Exceeded => new(
        LinkLossKind.ServerError, $"the server sent more than {MaxLines} INFOs, or {MaxBytes} bytes of them, within {Span.TotalSeconds:0} s");

    private long _since = time.GetTimestamp();
    private int _lines;
    private int _bytes;

    /// <summary>Counts one INFO. False when a limit is exceeded.</summary>
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
