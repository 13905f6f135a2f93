using System.Numerics;
using NatsActors.Buffer;
using NatsActors.Links;

namespace NatsActors.Cluster.Gateway;

/// <summary>
/// Puts the pieces of batches together. Keeps two buffers, one for each batch that may be unwritten; a batch of one piece needs none. A
/// batch that is not whole is never given out.
/// </summary>
internal sealed class BatchAssembly
{
    private const int Kept = 1024 * 1024;

    private readonly byte[][] _buffers = [[], []];
    private FrameBatch _batch;
    private byte[] _buffer = [];
    private int _filled;
    private int _length;
    private int _unwritten;
    private int _next;

    /// <summary>The most bytes of a batch.</summary>
    public long MaxBytes { get; set; }

    /// <summary>Bytes of the buffers that are kept.</summary>
    public int KeptBytes => _buffers.Sum(buffer => buffer.Length);

    /// <summary>Adds a piece.</summary>
    /// <param name="chunk">The piece.</param>
    /// <param name="whole">The batch, when it is whole. Its memory is valid until the batch is written.</param>
    /// <param name="fault">Why the piece is not allowed; null when it is.</param>
    /// <returns>Whether a batch is whole.</returns>
    public bool Add(Chunk chunk, out FrameBatch whole, out string? fault)
    {
        whole = default;
        fault = _length == 0 ? Begin(chunk) : chunk.BatchBytes > 0 ? $"a batch began after {_filled} of {_length} bytes of another" : null;
        fault ??= chunk.Data.Length > _length - _filled ? $"a piece of {chunk.Data.Length} bytes is larger than the rest of its batch" : null;
        if (fault is not null)
        {
            return false;
        }

        if (chunk.Data.Length == _length)
        {
            whole = _batch with { Frames = chunk.Data };
            _length = 0;
            return true;
        }

        if (_filled == 0)
        {
            _buffer = BufferFor(_length);
        }

        chunk.Data.CopyTo(_buffer.AsMemory(_filled));
        _filled += chunk.Data.Length;
        if (_filled < _length)
        {
            return false;
        }

        whole = _batch with { Frames = _buffer.AsMemory(0, _length) };
        _length = 0;
        return true;
    }

    /// <summary>The oldest batch is written, and its memory is free.</summary>
    public void Written() => _unwritten--;

    private string? Begin(Chunk chunk)
    {
        if (chunk.BatchBytes <= 0)
        {
            return "a piece belongs to no batch";
        }

        if (chunk.BatchBytes > MaxBytes)
        {
            return $"a batch of {chunk.BatchBytes} bytes is larger than a batch may be ({MaxBytes})";
        }

        if (_unwritten == LinkCredit.Batches)
        {
            return $"more than {LinkCredit.Batches} batches were given unwritten";
        }

        _unwritten++;
        _next ^= 1;
        (_batch, _length, _filled) = (chunk.Batch, chunk.BatchBytes, 0);
        return null;
    }

    /// <summary>The buffer of the batch before the last: batches are written in order, so that one is written.</summary>
    private byte[] BufferFor(int bytes)
    {
        ref var buffer = ref _buffers[_next];
        if (buffer.Length < bytes || (buffer.Length > Kept && bytes <= Kept))
        {
            buffer = GC.AllocateUninitializedArray<byte>(bytes <= Kept ? (int)BitOperations.RoundUpToPowerOf2((uint)bytes) : bytes);
        }

        return buffer;
    }
}
