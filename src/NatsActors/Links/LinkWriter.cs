using NatsActors.Buffer;

namespace NatsActors.Links;

/// <summary>
/// The loop that sends: batches with a fence behind each, and between them answers to the server's PINGs and the link's own PINGs.
/// The writer holds at most <see cref="LinkCredit.Batches"/> batches and a count of owed PONGs, so its memory is bounded.
/// </summary>
internal sealed class LinkWriter(
    LinkTransport transport, FenceBook fences, LinkReports reports, LinkWatch watch, SendPieces pieces)
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

    /// <summary>The exception that ended sending. The reader may still find the server's own reason, which explains more.</summary>
    public Exception? Broken { get; private set; }

    /// <summary>True while a batch or a PING waits to be sent or is being sent.</summary>
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

    /// <summary>Takes a batch. False when the batches are more than the credit allows.</summary>
    public bool Add(FrameBatch batch)
    {
        var olderOpen = fences.Open > 0;
        using (watch.Hold())
        {
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

            // The clock starts before the send, because the loop may be stuck in an answer to a server that does not read.
            watch.Waiting(olderOpen);
        }

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

    /// <summary>Makes the loop look for work.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Ends the loop after the running send, which <see cref="LinkTransport.Abort"/> ends.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _batches.Clear();
        }

        _wake.Set();
    }

    /// <summary>Runs until <see cref="Stop"/> or a broken connection. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                while (TryTake(out var batch, out var pongs, out var ping))
                {
                    await SendAsync(batch, Pongs.AsMemory(0, pongs * Link.Pong.Length), ping).ConfigureAwait(false);
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
            // The fence of a batch serves as the wanted PING too.
            _pingWanted &= !ping;
        }
    }

    /// <summary>
    /// Sends a batch in pieces. A connection that takes the next piece of a large batch is slow and not dead. The last piece proves
    /// nothing, because the system's socket buffer takes many small batches even if the server reads none.
    /// </summary>
    private async ValueTask SendBatchAsync(FrameBatch batch, ReadOnlyMemory<byte> pongs)
    {
        var rest = batch.Frames;
        while (rest.Length > pieces.Size)
        {
            var size = pieces.Begin();
            await transport.SendAsync(pongs, rest[..size], default).ConfigureAwait(false);
            pieces.Sent(size);
            watch.Progress();
            rest = rest[size..];
            pongs = default;
        }

        fences.SendingBatch(batch.LastSequence);
        _ = pieces.Begin();
        await transport.SendAsync(pongs, rest, Pings).ConfigureAwait(false);
        pieces.Sent(rest.Length);
        lock (_gate)
        {
            _unwritten--;
        }

        fences.BatchSent();
    }
}
