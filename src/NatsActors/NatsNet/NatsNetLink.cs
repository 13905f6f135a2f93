using System.Net.Sockets;
using System.Text;
using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>
/// One socket life on NATS.Client.Core: owns one <see cref="NatsConnection"/>, which gets exactly one socket; a server that
/// insists on TLS where the settings have it off is asked a second time before the link is up. The first reason to end wins; <see cref="LinkLost"/> is reported when the writing loop has ended and the connection is disposed.
/// </summary>
/// <remarks>
/// What the client would do after a loss (keep its pipe, reconnect, let a later PONG complete an earlier ping) cannot happen: the
/// hook that is asked before every socket refuses the second. A fence is a <c>PingAsync</c>, which the client completes only by a
/// PONG that this socket read, and cancels when the socket ends. A batch counts as written when the client's pipe has taken it,
/// at most <c>NatsOpts.WriterBufferSize</c> (64 KiB) ahead of the socket.
/// </remarks>
internal sealed class NatsNetLink : ILink
{
    private static readonly TimeSpan DisposeLimit = TimeSpan.FromSeconds(2);

    private readonly LinkRequest _request;
    private readonly TimeProvider _time;
    private readonly Func<NatsOpts, NatsOpts>? _configure;
    private readonly Action<LinkReport> _receiver;
    private readonly LinkReports _reports;
    private readonly NatsNetFences _fences;
    private readonly Lock _gate = new();
    private readonly Queue<FrameBatch> _batches = new(LinkCredit.Batches);
    private readonly AsyncSignal _signal = new();
    private readonly CancellationTokenSource _ended = new();
    private Secrets _secrets;
    private NatsConnection? _connection;
    private ProtocolLog? _log;

    // The client holds its subscriptions weakly: one that nobody else holds ends with the next garbage collection.
    private PubAckSubscription? _acks;
    private Socket? _socket;
    private LinkFailure? _end;
    private int _unwritten;
    private long _errorsHeard;
    private long _errorsRaised;
    private volatile bool _up;
    private volatile bool _tlsInsisted;
    private volatile bool _writing;
    private volatile bool _probe;

    public NatsNetLink(LinkRequest request, TimeProvider time, Func<NatsOpts, NatsOpts>? configure, Action<LinkReport> report)
    {
        _request = request;
        _time = time;
        _configure = configure;
        _receiver = report;
        _reports = new LinkReports(Hand);
        _fences = new NatsNetFences(request.Epoch, _reports);
        _secrets = new Secrets(request);
    }

    public long Epoch => _request.Epoch;

    /// <summary>Starts the life of the link; once.</summary>
    public void Start() => _ = Task.Run(RunAsync);

    public void Write(FrameBatch batch)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                return;
            }

            if (_unwritten < LinkCredit.Batches)
            {
                _unwritten++;
                _batches.Enqueue(batch);
                _signal.Set();
                return;
            }
        }

        End(new LinkFailure(LinkLossKind.Local, $"more than {LinkCredit.Batches} batches were given unwritten"));
    }

    public void Close() => End(new LinkFailure(LinkLossKind.Local, "closed by the publisher"));

    public override string ToString() => $"NatsNetLink {{ Epoch = {Epoch}, Server = {_request.Server} }}";

    /// <summary>A receiver that throws has missed a report: it must not be led to believe in a healthy link.</summary>
    private void Hand(LinkReport report)
    {
        try
        {
            _receiver(report);
        }
        catch (Exception error)
        {
            End(new LinkFailure(LinkLossKind.Local, $"the receiver of {report.GetType().Name} threw {error.GetType().Name}"));
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await OpenAsync().ConfigureAwait(false);
            await ServeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            End(NatsNetFailure.Describe(error, _up ? null : _log?.LastFailure, _socket is not null));
        }

        if (_connection is { } connection)
        {
            await ReleaseAsync(connection, graceful: _end!.Kind == LinkLossKind.Local).ConfigureAwait(false);
        }

        _fences.End();
        // The client's exceptions may quote anything, its options included: the whole text is searched.
        var end = new LinkFailure(_end!.Kind, _end.Message) { IsServersText = true };
        _reports.Post(new LinkLost(Epoch, end.Kind, _secrets.Remove(end)));
        _reports.Flush();
    }

    private async Task OpenAsync()
    {
        var opts = NatsNetOptions.Make(_request, _configure);
        _secrets = new Secrets(_request, NatsNetOptions.SecretsOf(opts));
        using var limit = new CancellationTokenSource(_request.Settings.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _ended.Token);
        try
        {
            await ConnectAsync(opts, either.Token).ConfigureAwait(false);
        }
        catch (Exception) when (_tlsInsisted && opts.TlsOpts.Mode == NATS.Client.Core.TlsMode.Disable && !either.IsCancellationRequested)
        {
            // Only INFO tells that the server insists, and by then the client has decided. Nothing was sent on this socket.
            await ReleaseAsync(_connection!, graceful: true).ConfigureAwait(false);
            _socket = null;
            var secured = opts with { TlsOpts = opts.TlsOpts with { Mode = NATS.Client.Core.TlsMode.Require } };
            await ConnectAsync(secured, either.Token).ConfigureAwait(false);
        }
    }

    private async Task ConnectAsync(NatsOpts opts, CancellationToken either)
    {
        _log = new ProtocolLog(opts.LoggerFactory, OnServerError, OnServerInfo);
        var connection = _connection = new NatsConnection(opts with { LoggerFactory = _log });
        var sockets = 0;
        connection.OnConnectingAsync = target => Interlocked.Increment(ref sockets) == 1
            ? ValueTask.FromResult(target)
            : throw new LinkFailure(LinkLossKind.Closed, "a link has one socket");
        connection.OnSocketAvailableAsync = TakeSocket;
        connection.ConnectionDisconnected += OnDisconnected;
        connection.ServerError += OnErrorEvent;
        var connecting = connection.ConnectAsync().AsTask();
        try
        {
            await connecting.WaitAsync(either).ConfigureAwait(false);
            if (_request.AckInbox is not null)
            {
                _acks = new PubAckSubscription(connection, _request, _reports.Post, _reports.Flush);
                await connection.AddSubAsync(_acks, either).ConfigureAwait(false);
                await connection.PingAsync(either).ConfigureAwait(false);
            }
        }
        catch (Exception) when (either.IsCancellationRequested)
        {
            _ = connecting.ContinueWith(
                static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw _socket is null
                ? new LinkFailure(LinkLossKind.Unreachable, "no connection within connection.connect-timeout")
                : new LinkFailure(LinkLossKind.Timeout, "connection.connect-timeout passed during the handshake");
        }
    }

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
            await _connection!.PingAsync(_ended.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            End(NatsNetFailure.Describe(error, null, hasSocket: true));
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

    private async ValueTask<INatsSocketConnection> TakeSocket(INatsSocketConnection connection)
    {
        _socket = (connection as INatsTlsUpgradeableSocketConnection)?.Socket;
        if (Volatile.Read(ref _end) is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return connection;
    }

    private ValueTask OnDisconnected(object? sender, NatsEventArgs args)
    {
        End(new LinkFailure(LinkLossKind.Closed, "the server closed the connection, or it broke"));
        return ValueTask.CompletedTask;
    }

    private void OnServerError(string error)
    {
        Interlocked.Increment(ref _errorsHeard);
        var text = Encoding.UTF8.GetBytes(error);
        switch (ServerErrors.Classify(text, out var subject))
        {
            case ServerErrorKind.PublishDenied when !_fences.Deny(subject!):
                End(new LinkFailure(LinkLossKind.ServerError, "the server refused more subjects than can be kept"));
                break;
            case ServerErrorKind.Authorization:
                End(new LinkFailure(LinkLossKind.Authorization, $"the server says \"{ServerErrors.Detail(text)}\""));
                break;
            case ServerErrorKind.Fatal:
                End(new LinkFailure(LinkLossKind.ServerError, $"the server says \"{ServerErrors.Detail(text)}\""));
                break;
        }
    }

    /// <summary>The client's own event, later: only to notice when a future client no longer tells it in its log.</summary>
    private ValueTask OnErrorEvent(object? sender, NatsServerErrorEventArgs args)
    {
        if (Interlocked.Increment(ref _errorsRaised) > Interlocked.Read(ref _errorsHeard))
        {
            OnServerError(args.Error);
            End(new LinkFailure(LinkLossKind.Protocol, "this version of NATS.Client.Core reports errors too late to tell what they refuse"));
        }

        return ValueTask.CompletedTask;
    }

    private void OnServerInfo(INatsServerInfo info)
    {
        _tlsInsisted |= info.TlsRequired;
        lock (_gate)
        {
            if (!_up || _end is not null)
            {
                return;
            }

            _reports.Post(new LinkInfoChanged(Epoch, Info(info)));
        }

        ThreadPool.UnsafeQueueUserWorkItem(static reports => reports.Flush(), _reports, preferLocal: false);
    }

    private static ServerInfo Info(INatsServerInfo info) => new()
    {
        ServerId = info.Id,
        Version = info.Version,
        MaxPayload = info.MaxPayload,
        Headers = info.HeadersSupported,
        JetStream = info.JetStreamAvailable,
        AuthRequired = info.AuthRequired,
        TlsRequired = info.TlsRequired,
        TlsAvailable = info.TlsAvailable,
        LameDuck = info.LameDuckMode,
        ConnectUrls = info.ClientConnectUrls ?? [],
    };

    /// <summary>Decides the end; the loops see it and carry it out. Called from any thread, also from inside the client.</summary>
    private void End(LinkFailure reason)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                return;
            }

            _end = reason;
            _batches.Clear();
        }

        _signal.Set();
        // Elsewhere: to cancel runs the continuations of whatever waits, and with them reports, on the caller's thread.
        ThreadPool.UnsafeQueueUserWorkItem(static ended => ended.Cancel(), _ended, preferLocal: false);
    }

    private async Task ReleaseAsync(NatsConnection connection, bool graceful)
    {
        connection.ConnectionDisconnected -= OnDisconnected;
        connection.ServerError -= OnErrorEvent;
        try
        {
            if (!graceful && _socket is { } socket)
            {
                // A lost link's bytes must not reach the server behind those of the next one; and a TLS farewell to a server
                // that does not read would hold the disposal up.
                socket.Close(0);
            }

            await connection.DisposeAsync().AsTask().WaitAsync(DisposeLimit, _time).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The socket is closed, and the connection gets no other: what is left of it ends by itself.
        }

        GC.KeepAlive(_acks);
    }
}
