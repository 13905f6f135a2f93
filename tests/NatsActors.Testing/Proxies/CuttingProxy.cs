using System.Net;
using System.Net.Sockets;

namespace NatsActors.Testing;

/// <summary>
/// A TCP proxy on a loopback port of its own that breaks connections in the ways networks do, on command. Commands hold for all
/// connections, those that are there and those to come, until <see cref="Release"/> or the opposite command.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<ProxiedConnection> _connections = [];
    private readonly List<Task> _running = [];
    private Socket? _listener;
    private long _accepted;
    private bool _disposed;

    private CuttingProxy(int upstreamPort)
    {
        UpstreamPort = upstreamPort;
    }

    /// <summary>Where new connections go; may be changed at any time.</summary>
    public int UpstreamPort { get; set; }

    /// <summary>The port to connect to; it stays the same over <see cref="Refuse"/> and <see cref="Accept"/>.</summary>
    public int Port { get; } = LoopbackPorts.Next();

    /// <summary>The address to connect to.</summary>
    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>Connections accepted since the start.</summary>
    public long Connections => Volatile.Read(ref _accepted);

    /// <summary>Connections that are open now.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Bytes from clients that were handed on.</summary>
    public long ClientBytes => Traffic.ClientBytes;

    /// <summary>Bytes from the upstream that were handed on.</summary>
    public long ServerBytes => Traffic.ServerBytes;

    /// <summary>Bytes from both sides that fell into a black hole.</summary>
    public long SwallowedBytes => Traffic.SwallowedBytes;

    internal ProxyTraffic Traffic { get; } = new();

    /// <summary>Starts a proxy in front of <paramref name="upstreamPort"/>.</summary>
    public static CuttingProxy Start(int upstreamPort)
    {
        var proxy = new CuttingProxy(upstreamPort);
        proxy.Accept();
        return proxy;
    }

    /// <summary>Ends all connections with a reset; what the proxy held is lost.</summary>
    public void CutWithRst() => ForEach(connection => connection.Reset());

    /// <summary>Ends all connections in good order (FIN), as a server that closes does.</summary>
    public void CutWithFin() => ForEach(connection => connection.Finish());

    /// <summary>
    /// A half write: hands on exactly <paramref name="bytes"/> more bytes from clients, then resets the connection that sent
    /// the last of them. The task completes when that has happened.
    /// </summary>
    public Task CutAfterBytes(long bytes) => Traffic.CutAfter(bytes);

    /// <summary>Keeps and accepts connections and hands nothing on; what waits is handed on after <see cref="Release"/>.</summary>
    public void Hang() => Traffic.Hang();

    /// <summary><see cref="Hang()"/>, then <see cref="Release"/> after <paramref name="duration"/>; the task completes then.</summary>
    public async Task Hang(TimeSpan duration)
    {
        Hang();
        await Task.Delay(duration, TimeProvider.System);
        Release();
    }

    /// <summary>
    /// Swallows all bytes of both directions: writes succeed, nothing arrives. A connection that lost bytes so stays a hole for
    /// good, also after <see cref="Release"/>.
    /// </summary>
    public void BlackHole() => Traffic.BlackHole = true;

    /// <summary>Hands on at most this many bytes a second from each client; null is without limit.</summary>
    public void SlowTo(int? bytesPerSecond) => Traffic.BytesPerSecond = bytesPerSecond;

    /// <summary>Takes every PONG out of what the server sends; all else passes.</summary>
    public void WithholdPongs() => Traffic.WithholdPongs = true;

    /// <summary>Ends <see cref="Hang()"/>, <see cref="BlackHole"/>, <see cref="SlowTo"/> and <see cref="WithholdPongs"/>.</summary>
    public void Release() => Traffic.Release();

    /// <summary>Stops listening, so that connects are refused; open connections stay (cut them too for a full outage).</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            if (_listener is { } listener)
            {
                try
                {
                    // Ends the listening itself: a process that another test starts meanwhile holds its copy of the socket a little longer.
                    listener.Shutdown(SocketShutdown.Both);
                }
                catch (SocketException)
                {
                    // Said of a socket without a peer, although it has the effect.
                }

                listener.Dispose();
                _listener = null;
            }
        }
    }

    /// <summary>Listens again on the same port.</summary>
    public void Accept()
    {
        lock (_lock)
        {
            if (_listener is not null)
            {
                return;
            }

            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
            listener.Listen();
            _listener = listener;
            _running.Add(AcceptAllAsync(listener));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            _disposed = true;
            Refuse();
            running = [.. _running];
        }

        CutWithRst();
        await Task.WhenAll(running);
    }

    private async Task AcceptAllAsync(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync();
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }

            var connection = new ProxiedConnection(client, Traffic);
            lock (_lock)
            {
                _accepted++;
                _running.RemoveAll(task => task.IsCompleted);
                if (_disposed || _listener != listener)
                {
                    // Refused since the system took it: it must not outlive the cut that follows.
                    connection.Reset();
                }

                _connections.Add(connection);
                _running.Add(RunAsync(connection));
            }
        }
    }

    private async Task RunAsync(ProxiedConnection connection)
    {
        await Task.Yield();
        await connection.RunAsync(UpstreamPort);
        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }

    private void ForEach(Action<ProxiedConnection> action)
    {
        ProxiedConnection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        foreach (var connection in connections)
        {
            action(connection);
        }
    }
}
