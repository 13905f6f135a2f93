using System.Text;

namespace NatsActors.Testing;

/// <summary>
/// Takes lines and counted bytes off a stream. Written for the tests alone: a receiver that shared the publisher's parser would
/// share its mistakes.
/// </summary>
internal sealed class WireReader(Stream stream)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next line without its CRLF; null at the end of the stream.</summary>
    public async ValueTask<string?> LineAsync()
    {
        var seen = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = _buffer.AsSpan(_start, seen + at);
                _start += seen + at + 1;
                return Encoding.UTF8.GetString(line.TrimEnd((byte)'\r'));
            }

            seen = _end - _start;
            if (!await FillAsync())
            {
                return null;
            }
        }
    }

    /// <summary>The next <paramref name="count"/> bytes and the CRLF behind them.</summary>
    public async ValueTask<byte[]> BlockAsync(int count)
    {
        while (_end - _start < count + 2)
        {
            if (!await FillAsync())
            {
                throw new EndOfStreamException();
            }
        }

        var block = _buffer.AsSpan(_start, count).ToArray();
        _start += count + 2;
        return block;
    }

    private async ValueTask<bool> FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end));
        _end += read;
        return read > 0;
    }
}
