namespace NatsActors.Wire;

/// <summary>
/// The one loop that sends: batches with a fence behind each, and between them the answers to the server's PINGs and the
/// link's own. Holds at most <see cref="LinkCredit.Batches"/> batches, and an owed PONG is a number, so nothing here grows.
/// </summary>
internal sealed class LinkWriter(WireTransport transport, FenceBook fences, LinkReports reports, LinkWatch watch, int chunk)
{
    private const int PongsAtOnce = 256;

    private static readonly byte[] Pings = "PING\r\n"u8.ToArray();
    private static readonly byte[] Pongs = [.. Enumerable.Repeat("PONG\r\n"u8.ToArray(), PongsAtOnce).SelectMany(pong => pong)];

    private readonly Lock _gate = new();
    private readonly AsyncSignal _wake = new();
    private readonly Queue<FrameBatch> _batches = new(LinkCredit.Batches);
    private long _owedPongs;
    private bool _pingWanted;
    private bool _sending;
    private bool _stopped;
    private int _unwritten;

    /// <summary>Why sending ended before the link did. The reader may still find the server's own reason, which is the better one.</summary>
    public Exception? Broken { get; private set; }

    /// <summary>True while something is to be sent or being sent that waits for an answer.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _pingWanted || (!_stopped && (_sending || _batches.Count > 0)) || Broken is not null;
            }
        }
    }

    /// <summary>Takes a batch; false when more are given than the credit allows.</summary>
    public bool Add(FrameBatch batch)
    {
        var olderOpen = fences.Open > 0;
        lock (_gate)
        {
            if (_stopped)
            {
                return true;
            }

            if (_unwritten == LinkCredit.Batches)
            {
                return false;
            }

            olderOpen |= _unwritten > 0 || _pingWanted;
            _unwritten++;
            _batches.Enqueue(batch);
        }

        // The clock starts here and not at the send: the loop may be stuck in an answer to a server that does not read.
        watch.Waiting(olderOpen);
        _wake.Set();
        return true;
    }

    public void OwePong()
    {
        lock (_gate)
        {
            _owedPongs++;
        }
    }

    public void WantPing()
    {
        lock (_gate)
        {
            _pingWanted = true;
        }

        _wake.Set();
    }

    /// <summary>Something that the loop waits for has changed.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Ends the loop, once the send that runs has ended (the transport's <see cref="WireTransport.Abort"/> ends it).</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _batches.Clear();
        }

        _wake.Set();
    }

    /// <summary>Runs until <see cref="Stop"/> or a broken connection; never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                while (TryTake(out var batch, out var pongs, out var ping))
                {
                    await SendAsync(batch, Pongs.AsMemory(0, pongs * WireLink.Pong.Length), ping).ConfigureAwait(false);
                    reports.Flush();
                }

                if (_stopped)
                {
                    return;
                }

                await _wake.WaitAsync().ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            Broken = error;
        }
        finally
        {
            Stop();
        }
    }

    private bool TryTake(out FrameBatch batch, out int pongs, out bool ping)
    {
        var room = fences.Open < FenceBook.MaxOpen;
        lock (_gate)
        {
            batch = default;
            _sending = false;
            if (room && !_stopped && _batches.TryDequeue(out batch))
            {
                _sending = true;
            }

            ping = _pingWanted && !_stopped;
            pongs = (int)Math.Min(_owedPongs, PongsAtOnce);
            _owedPongs -= pongs;
            _sending |= ping;
            return !_stopped && (_sending || pongs > 0);
        }
    }

    private async ValueTask SendAsync(FrameBatch batch, ReadOnlyMemory<byte> pongs, bool ping)
    {
        if (batch.Messages > 0 || !batch.Frames.IsEmpty)
        {
            await SendBatchAsync(batch, pongs).ConfigureAwait(false);
        }
        else if (ping)
        {
            fences.SendingPing();
            await transport.SendAsync(pongs, default, Pings).ConfigureAwait(false);
        }
        else
        {
            await transport.SendAsync(pongs, default, default).ConfigureAwait(false);
        }

        lock (_gate)
        {
            // A batch's fence answers for a wanted PING too.
            _pingWanted &= !ping;
        }
    }

    /// <summary>
    /// Sends in pieces: a connection that takes the next piece of a large batch is slow, not dead. The last piece says nothing,
    /// since the system's socket buffer takes many small batches for a server that reads none.
    /// </summary>
    private async ValueTask SendBatchAsync(FrameBatch batch, ReadOnlyMemory<byte> pongs)
    {
        var rest = batch.Frames;
        while (rest.Length > chunk)
        {
            await transport.SendAsync(pongs, rest[..chunk], default).ConfigureAwait(false);
            watch.Progress();
            rest = rest[chunk..];
            pongs = default;
        }

        fences.SendingBatch(batch.LastSequence);
        await transport.SendAsync(pongs, rest, Pings).ConfigureAwait(false);
        lock (_gate)
        {
            _unwritten--;
        }

        fences.BatchSent();
    }
}
