using NatsActors.Protocol;

namespace NatsActors.Benchmarks.JetStream;

/// <summary>
/// The yardstick: frames that were encoded beforehand, each with a reply subject of its own, written to a bare socket. A thread counts
/// the PubAcks. When the window is full, the writer goes on as soon as an eighth of it is free.
/// </summary>
internal sealed class RawWindow(string url, bool ids) : IStreamWay
{
    private const string Inbox = "_INBOX.benchmark";
    private const int MostAtOnce = 64 * 1024;
    private const int FrameOverhead = 256;

    private readonly object _gate = new();
    private RawConnection? _connection;
    private byte[] _frames = [];
    private int[] _ends = [];
    private int _answered;
    private int _wanted;
    private string? _failure;

    public string Name => ids ? "raw socket, ids" : "raw socket, no ids";

    public async Task PrepareAsync(StreamLoad load)
    {
        if (_connection is null)
        {
            _connection = new RawConnection(url, Hear);
            _connection.Send("SUB _INBOX.benchmark.* 1\r\n"u8);
            await _connection.LoggedIn;
        }

        (_answered, _wanted) = (0, int.MaxValue);
        Encode(load);
    }

    public Task RunAsync(StreamLoad load) => Task.Factory.StartNew(
        () => Publish(load), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Encode(StreamLoad load)
    {
        if (_ends.Length != load.Messages || _frames.Length != load.Messages * (load.Size + FrameOverhead))
        {
            _frames = new byte[load.Messages * (load.Size + FrameOverhead)];
            _ends = new int[load.Messages];
        }

        var idPrefix = Guid.NewGuid().ToString("N");
        for (var (i, end) = (0, 0); i < load.Messages; i++)
        {
            var frame = FrameEncoder.Measure(
                BenchmarkStream.Subject, load.Payload, replyTo: new FrameText(Inbox, i + 1),
                messageId: ids ? new FrameText(idPrefix, i + 1) : default);
            frame.Write(_frames.AsSpan(end));
            _ends[i] = end += (int)frame.Length;
        }
    }

    private void Publish(StreamLoad load)
    {
        for (var sent = 0; sent < load.Messages;)
        {
            var room = Volatile.Read(ref _answered) + load.Window - sent;
            if (room <= 0)
            {
                Await(sent - load.Window + Math.Max(1, load.Window / 8));
                continue;
            }

            var start = sent == 0 ? 0 : _ends[sent - 1];
            var end = start;
            for (var last = Math.Min(load.Messages, sent + room); sent < last && end - start < MostAtOnce; sent++)
            {
                end = _ends[sent];
            }

            _connection!.Send(_frames.AsSpan(start, end - start));
        }

        Await(load.Messages);
    }

    /// <summary>Waits until so many messages have their PubAck.</summary>
    private void Await(int answered)
    {
        lock (_gate)
        {
            Interlocked.Exchange(ref _wanted, answered);
            while (Volatile.Read(ref _answered) < answered)
            {
                if (_failure is not null || !Monitor.Wait(_gate, Stage.Limit))
                {
                    throw new BenchmarkException($"{Name}: {_failure ?? "a PubAck is missing"}");
                }
            }
        }
    }

    private void Hear(in ServerMessage message)
    {
        if (message.Op != ServerOp.Message)
        {
            return;
        }

        var stored = message.Payload.IndexOf("\"seq\":"u8) >= 0 && message.Payload.IndexOf("\"duplicate\""u8) < 0;
        if (!stored)
        {
            _failure = System.Text.Encoding.UTF8.GetString(message.Headers) + System.Text.Encoding.UTF8.GetString(message.Payload);
        }

        if (Interlocked.Increment(ref _answered) >= Volatile.Read(ref _wanted) || !stored)
        {
            lock (_gate)
            {
                Monitor.Pulse(_gate);
            }
        }
    }
}
