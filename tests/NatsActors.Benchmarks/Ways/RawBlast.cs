using System.Net;
using System.Net.Sockets;

namespace NatsActors.Benchmarks;

/// <summary>
/// The yardstick: encoded frames into a socket and a PING behind them, until its PONG arrives. Nothing is checked, kept or
/// answered.
/// </summary>
internal sealed class RawBlast(string url) : IWay
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _received = new byte[64 * 1024];

    public Task PrepareAsync(Load load)
    {
        // Encoded now, and not within the run.
        _ = load.Encoded;
        if (!_socket.Connected)
        {
            _socket.Connect(IPAddress.Loopback, new Uri(url).Port);
            SendAll("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n"u8);
            WaitForPong();
        }

        return Task.CompletedTask;
    }

    public Task RunAsync(Load load) => Task.Factory.StartNew(
        () => Blast(load), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Blast(Load load)
    {
        var frames = load.Encoded.Span;
        for (var left = load.WireBytes; left > 0; left -= frames.Length)
        {
            SendAll(left >= frames.Length ? frames : frames[..(int)left]);
        }

        SendAll("PING\r\n"u8);
        WaitForPong();
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    /// <summary>Whatever else the server says (INFO, its own PING) needs no answer within a run.</summary>
    private void WaitForPong()
    {
        var count = 0;
        while (_received.AsSpan(0, count).IndexOf("PONG\r\n"u8) < 0)
        {
            if (count == _received.Length)
            {
                throw new InvalidOperationException("The server does not answer the PING.");
            }

            var read = _socket.Receive(_received.AsSpan(count));
            count += read > 0 ? read : throw new InvalidOperationException("The server closed the connection.");
        }
    }
}
