using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>What an open link does: it writes batches in turn, each with its fence, and probes when it is silent.</summary>
internal sealed partial class NatsNetLink
{
    private async Task ServeAsync()
    {
        using var watch = new LinkWatch(
            _time, _request.ConfirmTimeout, _request.Settings.PingInterval,
            () => _fences.Open > 0 || _writing, Probe, Stalled);
        lock (_gate)
        {
            if (_end is not null)
            {
                return;
            }

            _reports.Post(new LinkUp(Epoch, Info(_connection!.ServerInfo!)));
            _up = true;
        }

        _reports.Flush();
        while (Volatile.Read(ref _end) is null)
        {
            if (TryNext(out var batch))
            {
                await WriteAsync(batch, watch).ConfigureAwait(false);
            }
            else if (_probe)
            {
                _probe = false;
                _fences.Probing();
                _ = FenceAsync(watch);
            }
            else
            {
                await _signal.WaitAsync().ConfigureAwait(false);
            }
        }
    }

    private bool TryNext(out FrameBatch batch)
    {
        lock (_gate)
        {
            return _batches.TryDequeue(out batch);
        }
    }

    private async Task WriteAsync(FrameBatch batch, LinkWatch watch)
    {
        watch.Waiting(_fences.Open > 0);
        _writing = true;
        _fences.Beginning();
        var cursor = new FrameCursor(batch.Frames);
        while (cursor.MoveNext())
        {
            var taken = _connection!.PublishAsync(
                cursor.Subject, cursor.Payload, cursor.Headers, cursor.ReplyTo, RawSerializer.Instance, cancellationToken: _ended.Token);
            if (!taken.IsCompletedSuccessfully)
            {
                await taken.ConfigureAwait(false);
                watch.Progress();
            }
        }

        lock (_gate)
        {
            _unwritten--;
        }

        _fences.Written(batch);
        _writing = false;
        _ = FenceAsync(watch);
        _reports.Flush();
    }

    /// <summary>Sends a PING; what waits for its PONG ends with the link.</summary>
    private async Task FenceAsync(LinkWatch watch)
    {
        try
        {
            _guard!.Pinging();
            await _connection!.PingAsync(_ended.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            End(NatsNetFailure.Describe(error, null, hasSocket: true, opening: false));
            return;
        }

        _fences.Answered();
        if (_fences.Open == 0 && !_writing)
        {
            watch.Idle();
        }
        else
        {
            watch.Progress();
        }

        _reports.Flush();
    }

    private void Probe()
    {
        _probe = true;
        _signal.Set();
    }

    private void Stalled() => End(new LinkFailure(
        LinkLossKind.Timeout, $"no PONG and no progress for {_request.ConfirmTimeout.TotalSeconds:0.###} s"));
}
