using System.Net.Sockets;
using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>
/// One socket life on NATS.Client.Core: owns one <see cref="NatsConnection"/>, which gets exactly one socket; a server that
/// insists on TLS where the settings have it off is asked a second time before the link is up. The first reason to end wins;
/// <see cref="LinkLost"/> is reported when the writing loop has ended and the socket is closed.
/// </summary>
/// <remarks>
/// What the client would do after a loss (keep its pipe, reconnect, let a later PONG complete an earlier ping) cannot happen: the
/// hook that is asked before every socket refuses the second. A fence is a <c>PingAsync</c>, which the client completes only by a
/// PONG that this socket read, and cancels when the socket ends. A batch counts as written when the client's pipe has taken it,
/// at most <c>NatsOpts.WriterBufferSize</c> (64 KiB) ahead of the socket.
/// </remarks>
internal sealed partial class NatsNetLink : ILink
{
    private static readonly TimeSpan DisposeLimit = TimeSpan.FromSeconds(2);

    private readonly LinkRequest _request;
    private readonly TimeProvider _time;
    private readonly Dialer _dialer;
    private readonly Func<NatsOpts, NatsOpts>? _configure;
    private readonly Action<LinkReport> _receiver;
    private readonly LinkReports _reports;
    private readonly NatsNetFences _fences;
    private readonly InfoBudget _infos;
    private readonly Lock _gate = new();
    private readonly Queue<FrameBatch> _batches = new(LinkCredit.Batches);
    private readonly AsyncSignal _signal = new();
    private readonly CancellationTokenSource _ended = new();
    private Secrets _secrets;
    private NatsConnection? _connection;
    private ProtocolLog? _log;
    private ServerGuard? _guard;

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

    public NatsNetLink(
        LinkRequest request, TimeProvider time, Dialer dialer, Func<NatsOpts, NatsOpts>? configure, Action<LinkReport> report)
    {
        _request = request;
        _time = time;
        _dialer = dialer;
        _infos = new InfoBudget(time);
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
            End(NatsNetFailure.Describe(error, _up ? null : _log?.FirstFailure, _socket is not null, opening: !_up));
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
        var cut = graceful ? null : _socket;
        // A lost link's bytes must not reach the server behind those of the next one; and a TLS farewell to a server that does
        // not read would hold the disposal up.
        cut?.Close(0);
        var disposal = connection.DisposeAsync().AsTask();
        _ = disposal.ContinueWith(
            static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        if (cut is null)
        {
            // What is left of it after that ends by itself: the connection gets no other socket. One that was cut can send
            // nothing more, but may take 5 s to find that its own PONGs are not read: nobody waits for that.
            await disposal.WaitAsync(DisposeLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        GC.KeepAlive(_acks);
    }
}
