namespace NatsActors.Pipe;

/// <summary>
/// Splits a stream into lines of bytes, without LF or CRLF; a last line needs neither. Holds one buffer, which grows to the longest
/// line and never beyond the limit: of a longer line only the news is given.
/// </summary>
/// <remarks>A line stays valid until the next call.</remarks>
internal sealed class LineReader(Stream stream, int maxLineBytes = LineReader.DefaultMaxLineBytes, int bufferBytes = 128 * 1024)
{
    /// <summary>64 MiB: no server takes more as one message.</summary>
    public const int DefaultMaxLineBytes = 64 * 1024 * 1024;

    private byte[] _buffer = new byte[bufferBytes];
    private int _start;
    private int _seen;
    private int _end;
    private bool _atEnd;
    private bool _tooLong;

    /// <summary>Takes a line out of what was read; false when more has to be read.</summary>
    /// <param name="line">The line, when it is not too long.</param>
    /// <param name="tooLong">The line was longer than the limit and was skipped.</param>
    public bool TryTake(out ReadOnlyMemory<byte> line, out bool tooLong)
    {
        line = default;
        tooLong = false;
        var newline = _buffer.AsSpan(_seen, _end - _seen).IndexOf((byte)'\n');
        if (newline >= 0)
        {
            var next = _seen + newline + 1;
            Take(next - 1, out line, out tooLong);
            _start = _seen = next;
            return true;
        }

        _seen = _end;
        if (!_atEnd || (_start == _end && !_tooLong))
        {
            return false;
        }

        Take(_end, out line, out tooLong);
        _start = _end;
        return true;
    }

    /// <summary>Reads more; false at the end of the stream.</summary>
    public async ValueTask<bool> ReadMoreAsync(CancellationToken cancellation)
    {
        if (_atEnd)
        {
            return false;
        }

        MakeRoom();
        var reading = stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        // Standard input cannot be interrupted in a read: the wait for it can.
        var read = reading.IsCompleted ? await reading : await reading.AsTask().WaitAsync(cancellation);
        _end += read;
        _atEnd = read == 0;
        // The last line may have no end of its own.
        return read > 0 || _start < _end || _tooLong;
    }

    private void Take(int end, out ReadOnlyMemory<byte> line, out bool tooLong)
    {
        var bytes = _buffer.AsMemory(_start, end - _start);
        if (bytes.Length > 0 && bytes.Span[^1] == (byte)'\r')
        {
            bytes = bytes[..^1];
        }

        tooLong = _tooLong || bytes.Length > maxLineBytes;
        line = tooLong ? default : bytes;
        _tooLong = false;
    }

    private void MakeRoom()
    {
        // One byte more than the limit, for a CR, may turn out to be part of the line end.
        if (_end - _start > maxLineBytes + 1)
        {
            _tooLong = true;
            _start = _end;
        }

        if (_start == _end)
        {
            _start = _seen = _end = 0;
        }
        else if (_start > 0 && _end == _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _seen, _end) = (0, _seen - _start, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, maxLineBytes + 2L + bufferBytes));
        }
    }
}
