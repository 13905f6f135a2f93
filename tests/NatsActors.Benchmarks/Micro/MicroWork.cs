using NatsActors.Buffer;
using NatsActors.Door;
using NatsActors.Protocol;

namespace NatsActors.Benchmarks.Micro;

/// <summary>Frames, measured and written.</summary>
internal sealed class EncoderWork
{
    private readonly Publish _plain = new("orders.new", new byte[16]);
    private readonly Publish _withId = new("orders.new", new byte[16]) { Id = "order-0123456789" };
    private readonly byte[] _destination = new byte[256];

    public void Pub(int count) => Write(_plain, count);

    public void HpubWithId(int count) => Write(_withId, count);

    private void Write(Publish message, int count)
    {
        for (var i = 0; i < count; i++)
        {
            FrameEncoder.Measure(message).Write(_destination);
        }
    }
}

/// <summary>
/// Messages of 16 bytes through the buffer: as many as are accepted at the tail are taken and confirmed at the head, so that the
/// depth stays.
/// </summary>
internal sealed class BufferWork
{
    private readonly Publish _message = new("orders.new", new byte[16]);
    private readonly GuardedBuffer _buffer;
    private readonly long _depth;

    public BufferWork(int depth, int turn)
    {
        _depth = depth;
        var settings = new PublisherSettings { Buffer = new() { MaxBytes = 1L << 30, MaxMessages = depth + turn } };
        _buffer = new GuardedBuffer(settings, new PublisherClock(TimeProvider.System), "micro");
        Accept(depth);
    }

    public void AcceptAndConfirm(int count)
    {
        Accept(count);
        for (var left = (long)count; left > 0;)
        {
            if (!_buffer.Buffer.TryTake(long.MaxValue, left, out var batch))
            {
                throw new InvalidOperationException("The buffer has nothing to take.");
            }

            left -= batch.Messages;
            _buffer.Written();
            while (_buffer.DeliveredSlice(batch.LastSequence))
            {
            }
        }

        if (_buffer.Buffer.Messages != _depth)
        {
            throw new InvalidOperationException("The depth has changed.");
        }
    }

    private void Accept(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (_buffer.Accept(Incoming.Of(_message, null), _message, null, null, out var refusal, out _) == 0)
            {
                throw new InvalidOperationException($"Refused: {refusal}");
            }
        }
    }
}
