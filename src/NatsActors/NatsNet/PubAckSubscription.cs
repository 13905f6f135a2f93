using System.Buffers;
using System.Text;
using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>
/// The subscription to the ack inbox. Reads on the client's reading thread, so that nothing waits in a channel that drops when
/// it is full; what comes while the receiver is busy is handed over together.
/// </summary>
internal sealed class PubAckSubscription(INatsConnection connection, LinkRequest request, Action<LinkReport> post, Action flush)
    : NatsSubBase(connection, connection.SubscriptionManager, $"{request.AckInbox}.*", null, null)
{
    private readonly PubAckReader _reader = new(request.AckInbox!);
    private readonly Lock _gate = new();
    private List<PubAck>? _waiting;

    protected override ValueTask ReceiveInternalAsync(
        string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        Span<byte> address = stackalloc byte[256];
        var message = new ServerMessage
        {
            Subject = Encoding.UTF8.TryGetBytes(subject, address, out var length) ? address[..length] : [],
            Headers = Contiguous(headersBuffer ?? default),
            Payload = Contiguous(payloadBuffer),
        };
        if (_reader.TryRead(message, out var ack))
        {
            Keep(ack);
        }

        return ValueTask.CompletedTask;
    }

    protected override void TryComplete()
    {
    }

    private static ReadOnlySpan<byte> Contiguous(ReadOnlySequence<byte> bytes) =>
        bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();

    private void Keep(PubAck ack)
    {
        lock (_gate)
        {
            if (_waiting is not null)
            {
                _waiting.Add(ack);
                return;
            }

            _waiting = [ack];
        }

        ThreadPool.UnsafeQueueUserWorkItem(static self => self.HandOver(), this, preferLocal: false);
    }

    private void HandOver()
    {
        lock (_gate)
        {
            var acks = _waiting!;
            _waiting = null;
            post(new LinkPubAcks(request.Epoch, acks));
        }

        flush();
    }
}
