using NatsActors.Buffer;

namespace NatsActors.Cluster.Gateway;

/// <summary>
/// What a link sends to its session: numbered messages, and batches cut into pieces. Owns the window: at most so many bytes are on their
/// way and not taken, because Akka.Remote's queue has no limit. One message may exceed the window when nothing else is on its way. The
/// caller's lock guards it.
/// </summary>
/// <param name="window">The most bytes on their way.</param>
/// <param name="send">Sends a message. Must not block.</param>
internal sealed class Outflow(int window, Action<IToSession> send)
{
    private readonly Queue<FrameBatch> _batches = new();
    private readonly Queue<(long Number, int Bytes)> _onTheWay = new();
    private long _last;
    private long _taken;
    private long _bytesOnTheWay;
    private int _offset;

    /// <summary>The most bytes of a piece.</summary>
    public int PieceBytes { get; set; }

    /// <summary>Whether the session has not yet taken all that was sent, or a batch waits to be sent.</summary>
    public bool IsUnanswered => _taken < _last || _batches.Count > 0;

    public void Add(FrameBatch batch)
    {
        _batches.Enqueue(batch);
        Pump();
    }

    public void Send(Func<long, IToSession> message) => send(message(++_last));

    /// <summary>The session has taken everything up to this number. False when it cannot have.</summary>
    public bool Take(long number)
    {
        if (number < _taken || number > _last)
        {
            return false;
        }

        _taken = number;
        while (_onTheWay.TryPeek(out var first) && first.Number <= number)
        {
            _bytesOnTheWay -= _onTheWay.Dequeue().Bytes;
        }

        Pump();
        return true;
    }

    /// <summary>Forgets the batches: their memory is not touched any more.</summary>
    public void Drop() => _batches.Clear();

    private void Pump()
    {
        while (_batches.TryPeek(out var batch))
        {
            var size = Math.Min(PieceBytes, batch.Frames.Length - _offset);
            if (_bytesOnTheWay > 0 && _bytesOnTheWay + size > window)
            {
                return;
            }

            send(Chunk.Of(++_last, _offset == 0 ? batch : null, batch.Frames.Span.Slice(_offset, size)));
            _onTheWay.Enqueue((_last, size));
            _bytesOnTheWay += size;
            _offset += size;
            if (_offset == batch.Frames.Length)
            {
                _batches.Dequeue();
                _offset = 0;
            }
        }
    }
}
