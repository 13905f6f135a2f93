using System.Net.Sockets;
using System.Net.WebSockets;
using NATS.Client.Core;
using NatsActors.Buffer;
using NatsActors.Protocol;

namespace NatsActors.Links;

/// <summary>
/// One socket life. NATS.Client.Core logs in; then the link's own loops use the transport. The link owns the transport and the two
/// loops. The first reason to end wins. The link reports <see cref="LinkLost"/> after both loops have ended, when no batch is
/// touched any more.
/// </summary>
/// <remarks>
/// The memory of one link is bounded, whatever the server sends: the receive buffer (32 KiB; up to 1 MiB while a long INFO arrives, and
/// twice that while the buffer grows), two batches by reference, 16,384 open fences of 16 bytes, 10,000 denied subjects of 4 MiB
/// together, and 65,536 reports or PubAcks that the receiver has not taken. During the login the client has one INFO besides.
/// </remarks>
internal sealed class Link : ILink
{
    internal static readonly byte[] Pong = "PONG\r\n"u8.ToArray();

    private readonly LinkRequest _request;
    private readonly TimeProvider _time;
    private readonly Func<NatsOpts, NatsOpts>? _configure;
    private readonly LinkOptions _options;
    private readonly Action<LinkReport> _receiver;
    private readonly LinkReports _reports;
    private readonly Secrets _secrets;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Queue<FrameBatch> _early = new(LinkCredit.Batches);
    private LinkTransport? _transport;
    private LinkWriter? _writer;
    private FenceBook? _fences;
    private volatile LinkReader? _reader;
    private LinkFailure? _end;

    public Link(
        LinkRequest request, TimeProvider time, Func<NatsOpts, NatsOpts>? configure, LinkOptions options, Action<LinkReport> report)
    {
        _request = request;
        _time = time;
        _configure = configure;
        _options = options;
        _receiver = report;
        _reports = new LinkReports(Hand);
        _secrets = new Secrets(request);
    }

    public long Epoch => _request.Epoch;

    /// <summary>True when the link is up and waits for no answer. Tests advance their clock then.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                // In this order: the reader takes the last answer, and receives again behind what it does with it.
                return _writer is { IsBusy: false } && _fences is { Open: 0 } && _reader is { Receives: true };
            }
        }
    }

    /// <summary>Starts the link. Called once.</summary>
    public void Start() => _ = Task.Run(RunAsync);

    public void Write(FrameBatch batch)
    {
        bool taken;
        lock (_gate)
        {
            if (_end is not null)
            {
                return;
            }

            taken = _writer is not null ? _writer.Add(batch) : _early.Count < LinkCredit.Batches;
            if (_writer is null && taken)
            {
                _early.Enqueue(batch);
            }
        }

        if (!taken)
        {
            EndElsewhere(new LinkFailure(LinkLossKind.Local, $"more than {LinkCredit.Batches} batches were given unwritten"));
        }
    }

    public void Close() => EndElsewhere(new LinkFailure(LinkLossKind.Local, "closed by the publisher"));

    public override string ToString() => $"Link {{ Epoch = {Epoch}, Server = {_request.Server} }}";

    /// <summary>Calls the receiver. A receiver that throws has missed a report, so the link ends.</summary>
    private void Hand(LinkReport report)
    {
        try
        {
            _receiver(report);
        }
        catch (Exception error)
        {
            EndElsewhere(new LinkFailure(LinkLossKind.Local, $"the receiver of {report.GetType().Name} threw {error.GetType().Name}"));
        }
    }

    private async Task RunAsync()
    {
        try
        {
            var reader = new ProtocolReader(_options.Limits);
            var info = await OpenAsync(reader).ConfigureAwait(false);
            await ServeAsync(info, reader).ConfigureAwait(false);
        }
        catch (LinkFailure failure)
        {
            End(failure);
        }
        catch (Exception error)
        {
            End(Describe(error));
        }

        _transport?.Dispose();
        _ended.Dispose();
        _reports.Post(new LinkLost(Epoch, _end!.Kind, _secrets.Remove(_end)));
        _reports.Flush();
    }

    private async Task<ServerInfo> OpenAsync(ProtocolReader reader)
    {
        using var limit = new CancellationTokenSource(_request.Settings.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _ended.Token);
        var login = new LinkLogin(_request, reader, _configure, _secrets, _options, _time, either.Token);
        try
        {
            return await login.RunAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not LinkFailure && either.IsCancellationRequested)
        {
            throw login.TimedOut();
        }
        finally
        {
            _transport = login.Transport;
        }
    }

    private async Task ServeAsync(ServerInfo info, ProtocolReader protocol)
    {
        var transport = _transport!;
        var fences = new FenceBook(Epoch, _reports, _time);
        LinkWriter? writer = null;
        using var watch = new LinkWatch(
            _time, _request.ConfirmTimeout, _request.Settings.PingInterval,
            () => fences.Open > 0 || writer?.IsBusy == true, () => writer?.WantPing(), Stalled);
        writer = new LinkWriter(transport, fences, _reports, watch, new SendPieces(_time, _options.SendChunk));
        if (!Up(info, writer, fences))
        {
            return;
        }

        var writing = writer.RunAsync();
        try
        {
            _reader = new LinkReader(_request, transport, protocol, fences, _reports, watch, writer, _time);
            End(await _reader.RunAsync().ConfigureAwait(false));
        }
        catch (Exception error)
        {
            End(Describe(error));
        }

        await writing.ConfigureAwait(false);
    }

    /// <summary>Reports that the link is up. False when the link was ended meanwhile.</summary>
    private bool Up(ServerInfo info, LinkWriter writer, FenceBook fences)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                return false;
            }

            _reports.Post(new LinkUp(Epoch, info));
            while (_early.TryDequeue(out var batch))
            {
                writer.Add(batch);
            }

            _writer = writer;
            _fences = fences;
        }

        _reports.Flush();
        return true;
    }

    private void Stalled() => EndElsewhere(_writer?.Broken is { } broken
        ? Describe(broken)
        : new LinkFailure(
            LinkLossKind.Timeout, $"no PONG and no progress for {_request.ConfirmTimeout.TotalSeconds:0.###} s"));

    /// <summary>
    /// Decides the end at once and carries it out on another thread. Disposing a socket can run the loops' continuations, and with them
    /// reports, on the thread that disposes it.
    /// </summary>
    private void EndElsewhere(LinkFailure reason)
    {
        if (Decide(reason))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static link => link.Stop(), this, preferLocal: false);
        }
    }

    private void End(LinkFailure reason)
    {
        if (Decide(reason))
        {
            Stop();
        }
    }

    private bool Decide(LinkFailure reason)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                return false;
            }

            _end = reason;
            _early.Clear();
            return true;
        }
    }

    private void Stop()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The link has ended by itself since the decision.
        }

        _transport?.Abort();
        _writer?.Stop();
    }

    private static LinkFailure Describe(Exception error) => error switch
    {
        LinkFailure failure => failure,
        SocketException or IOException or ObjectDisposedException or WebSocketException =>
            LinkFailure.Quoting(LinkLossKind.Closed, "the connection broke: ", error.Message),
        _ => LinkFailure.OfOthers(LinkLossKind.Closed, "the link failed", error),
    };
}
