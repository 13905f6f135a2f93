namespace NatsActors.Testing;

/// <summary>
/// Finds the lines <c>PONG</c> in what a server sends, wherever reads split it. It sees every byte, so that it knows where a line
/// starts when withholding begins. What a publisher receives (PubAcks) holds no such line, so lines are enough to go by.
/// </summary>
internal sealed class PongFilter
{
    private int _matched;
    private bool _insideLine;

    /// <summary>What a target needs beyond the length of the source: a part of a PONG that turned out to be none.</summary>
    public const int Slack = 8;

    private static ReadOnlySpan<byte> Pong => "PONG\r\n"u8;

    /// <summary>Copies <paramref name="from"/>, without the PONGs when <paramref name="withhold"/> is set; returns the length.</summary>
    public int Copy(ReadOnlySpan<byte> from, Span<byte> to, bool withhold)
    {
        var length = 0;
        while (!from.IsEmpty)
        {
            if (_insideLine)
            {
                var newline = from.IndexOf((byte)'\n');
                var rest = newline < 0 ? from : from[..(newline + 1)];
                _insideLine = newline < 0;
                length += Append(rest, to[length..]);
                from = from[rest.Length..];
                continue;
            }

            if (from[0] == Pong[_matched])
            {
                from = from[1..];
                if (++_matched < Pong.Length)
                {
                    continue;
                }

                length += withhold ? 0 : Append(Pong, to[length..]);
            }
            else
            {
                length += Append(Pong[.._matched], to[length..]);
                _insideLine = true;
            }

            _matched = 0;
        }

        return length;
    }

    private static int Append(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return from.Length;
    }
}
