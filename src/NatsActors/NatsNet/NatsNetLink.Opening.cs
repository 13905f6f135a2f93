using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>How a link is opened: one socket, the handshake, the inbox for PubAcks; all of it within connect-timeout.</summary>
internal sealed partial class NatsNetLink
{
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
        _log = new ProtocolLog(opts.LoggerFactory, OnServerError, OnServerInfo, OnReadFailed);
        _guard = new ServerGuard(End);
        var connection = _connection = new NatsConnection(opts with
        {
            LoggerFactory = _log,
            SocketConnectionFactory = opts.SocketConnectionFactory ?? TcpFactory(opts),
        });
        var sockets = 0;
        connection.OnConnectingAsync = target => Interlocked.Increment(ref sockets) == 1
            ? ValueTask.FromResult(target)
            : throw new LinkFailure(LinkLossKind.Closed, "a link has one socket");
        connection.OnSocketAvailableAsync = TakeSocket;
        connection.ConnectionDisconnected += OnDisconnected;
        connection.ServerError += OnErrorEvent;
        _guard.Pinging();
        var connecting = connection.ConnectAsync().AsTask();
        try
        {
            await connecting.WaitAsync(either).ConfigureAwait(false);
            if (_request.AckInbox is not null)
            {
                _acks = new PubAckSubscription(connection, _request, PostUnasked, _reports.Flush);
                await connection.AddSubAsync(_acks, either).ConfigureAwait(false);
                _guard.Pinging();
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

    /// <summary>Null for a WebSocket, which is the client's own.</summary>
    private TcpSocketFactory? TcpFactory(NatsOpts opts) => opts.Url.StartsWith("ws", StringComparison.OrdinalIgnoreCase)
        ? null
        : new TcpSocketFactory(
            _dialer, _request.Settings, opts.TlsOpts.Mode == NATS.Client.Core.TlsMode.Implicit, socket => _socket = socket);

    private async ValueTask<INatsSocketConnection> TakeSocket(INatsSocketConnection connection)
    {
        var tcp = connection as INatsTlsUpgradeableSocketConnection;
        _socket ??= tcp?.Socket;
        if (Volatile.Read(ref _end) is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return tcp is null ? new GuardedSocket(connection, _guard!) : new GuardedTcpSocket(tcp, _guard!);
    }
}
