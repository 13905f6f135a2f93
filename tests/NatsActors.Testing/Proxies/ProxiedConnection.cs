using System.Net;
using System.Net.Sockets;

namespace NatsActors.Testing;

/// <summary>One client and its upstream connection; ends both whenever one ends.</summary>
internal sealed class ProxiedConnection(Socket client, ProxyTraffic traffic)
{
    private const int ReadSize = 64 * 1024;
    private const int SlowStepsPerSecond = 50;
    private static readonly TimeSpan FinishTimeout = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _gone = new();
    private readonly Socket _upstream = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private int _ending;
    private volatile bool _isHole;

    /// <summary>Carries bytes until one side ends or a command ends it.</summary>
    public async Task RunAsync(int upstreamPort)
    {
        try
        {
            client.NoDelay = true;
            await traffic.Open.WaitAsync(_ended.Token);
            await _upstream.ConnectAsync(new IPEndPoint(IPAddress.Loopback, upstreamPort), _ended.Token);
            await Task.WhenAll(OrResetAsync(CarryFromClientAsync()), OrResetAsync(CarryFromServerAsync()));
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            ResetUnlessEnding();
        }

        if (Volatile.Read(ref _ending) == Ending.Finish)
        {
            await AwaitGoodbyeAsync();
        }

        client.Dispose();
        _upstream.Dispose();
    }

    /// <summary>RST to the client, and a close to the upstream that lets it read what was handed on.</summary>
    public void Reset()
    {
        _gone.Cancel();
        if (Interlocked.CompareExchange(ref _ending, Ending.Reset, Ending.None) == Ending.None)
        {
            Try(() => client.LingerState = new LingerOption(true, 0));
            _ended.Cancel();
            client.Dispose();
            _upstream.Dispose();
        }
    }

    /// <summary>FIN to both sides.</summary>
    public void Finish()
    {
        if (Interlocked.CompareExchange(ref _ending, Ending.Finish, Ending.None) == Ending.None)
        {
            Try(() => client.Shutdown(SocketShutdown.Send));
            Try(() => _upstream.Shutdown(SocketShutdown.Send));
            _ended.Cancel();
        }
    }

    /// <summary>A side that breaks takes the other one along, which may wait for bytes that never come.</summary>
    private async Task OrResetAsync(Task carrying)
    {
        try
        {
            await carrying;
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            ResetUnlessEnding();
        }
    }

    private async Task CarryFromClientAsync()
    {
        var buffer = new byte[ReadSize];
        while (true)
        {
            await traffic.Open.WaitAsync(_ended.Token);
            var read = await client.ReceiveAsync(buffer, _ended.Token);
            await traffic.Open.WaitAsync(_ended.Token);
            if (read == 0)
            {
                Finish();
                return;
            }

            if (IsHole)
            {
                traffic.CountSwallowed(read);
                continue;
            }

            _ended.Token.ThrowIfCancellationRequested();
            var (pass, cut) = traffic.Claim(read);
            try
            {
                await HandOnAsync(buffer.AsMemory(0, pass));
            }
            finally
            {
                // The server may have gone first: the connection is cut either way.
                if (cut is not null)
                {
                    Reset();
                    cut.SetResult();
                }
            }

            if (cut is not null)
            {
                return;
            }
        }
    }

    private async Task HandOnAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var rate = traffic.BytesPerSecond;
            var length = rate is null ? bytes.Length : Math.Clamp(rate.Value / SlowStepsPerSecond, 1, bytes.Length);
            await SendAllAsync(_upstream, bytes[..length]);
            traffic.CountFromClient(length);
            bytes = bytes[length..];
            if (rate is not null)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)length / rate.Value), TimeProvider.System, _ended.Token);
            }
        }
    }

    private async Task CarryFromServerAsync()
    {
        var buffer = new byte[ReadSize];
        var filtered = new byte[ReadSize + PongFilter.Slack];
        var pongs = new PongFilter();
        while (true)
        {
            var read = await _upstream.ReceiveAsync(buffer, _ended.Token);
            await traffic.Open.WaitAsync(_ended.Token);
            if (read == 0)
            {
                Finish();
                return;
            }

            if (IsHole)
            {
                traffic.CountSwallowed(read);
                continue;
            }

            var length = pongs.Copy(buffer.AsSpan(0, read), filtered, traffic.WithholdPongs);
            await SendAllAsync(client, filtered.AsMemory(0, length));
            traffic.CountFromServer(length);
        }
    }

    private bool IsHole => _isHole |= traffic.BlackHole;

    private async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, _ended.Token)..];
        }
    }

    /// <summary>Reads what still comes: a close with unread bytes would be a reset.</summary>
    private async Task AwaitGoodbyeAsync()
    {
        using var timer = TimeProvider.System.CreateTimer(_ => _gone.Cancel(), null, FinishTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            await Task.WhenAll(DiscardAsync(client, _gone.Token), DiscardAsync(_upstream, _gone.Token));
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private void ResetUnlessEnding()
    {
        if (Volatile.Read(ref _ending) == Ending.None)
        {
            Reset();
        }
    }

    private static async Task DiscardAsync(Socket socket, CancellationToken cancellation)
    {
        var buffer = new byte[ReadSize];
        while (await socket.ReceiveAsync(buffer, cancellation) > 0)
        {
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
        }
    }

    private static class Ending
    {
        public const int None = 0;
        public const int Reset = 1;
        public const int Finish = 2;
    }
}
