using NatsActors.Protocol;

namespace NatsActors.Benchmarks.Latency;

/// <summary>
/// The yardstick on a bare socket: PUB and PING until the PONG, or, with a stream, PUB with a reply subject and a Nats-Msg-Id until the
/// PubAck. Messages that are due together are written together.
/// </summary>
internal sealed class BareRoundTrip(string url, bool stores) : ILatencyWay
{
    private const int MostAtOnce = 256;
    private const string Inbox = "_INBOX.bare";
    private readonly PubAckReader _pubAcks = new(Inbox);
    private readonly string _idPrefix = Guid.NewGuid().ToString("N");
    private byte[] _frames = [];
    private RawConnection? _connection;
    private Schedule? _schedule;
    private int _answered;
    private long _turns;

    public string Name => stores ? "bare PUB with id to PubAck" : "bare PUB + PING to PONG";

    public bool Stores => stores;

    public bool IsBare => true;

    public async Task PrepareAsync()
    {
        if (_connection is null)
        {
            _connection = new RawConnection(url, Hear);
            _connection.Send("SUB _INBOX.bare.* 1\r\n"u8);
            await _connection.LoggedIn;
        }
    }

    public Task RunAsync(Schedule schedule, Wait wait)
    {
        _answered = 0;
        _turns++;
        _frames = new byte[MostAtOnce * (schedule.Payload.Length + 256)];
        Volatile.Write(ref _schedule, schedule);
        return Pacer.RunAsync(schedule, wait, Send);
    }

    public ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Send(int first, int count)
    {
        for (var end = first + count; first < end;)
        {
            var length = 0;
            for (var last = Math.Min(end, first + MostAtOnce); first < last; first++)
            {
                length += Write(first, _frames.AsSpan(length));
            }

            _connection!.Send(_frames.AsSpan(0, length));
        }
    }

    private int Write(int index, Span<byte> target)
    {
        var payload = _schedule!.Payload;
        if (!stores)
        {
            var plain = FrameEncoder.Measure(Load.Subject, payload);
            plain.Write(target);
            "PING\r\n"u8.CopyTo(target[(int)plain.Length..]);
            return (int)plain.Length + "PING\r\n"u8.Length;
        }

        var frame = FrameEncoder.Measure(
            BenchmarkStream.Subject, payload, replyTo: new FrameText(Inbox, index + 1),
            messageId: new FrameText(_idPrefix, (_turns << 32) + index));
        frame.Write(target);
        return (int)frame.Length;
    }

    private void Hear(in ServerMessage message)
    {
        if (message.Op == ServerOp.Pong)
        {
            _schedule!.Ended(_answered++);
        }
        else if (_pubAcks.TryRead(message, out var ack))
        {
            if (ack.Stream is null || ack.Duplicate)
            {
                _schedule!.Failed(ack);
            }

            _schedule!.Ended((int)ack.Sequence - 1);
        }
    }
}
