using System.Net;
using System.Net.Sockets;
using NatsActors.Protocol;

namespace NatsActors.Benchmarks;

/// <summary>Gets one operation of the server, on the connection's own thread.</summary>
internal delegate void HearServer(in ServerMessage message);

/// <summary>
/// A yardstick's connection: a bare socket that writes what it is given, and a thread that reads. Answers the server's PINGs.
/// </summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly ProtocolReader _reader = new(new ReaderLimits());
    private readonly Lock _writing = new();
    private readonly Thread _thread;
    private readonly HearServer _hear;
    private readonly TaskCompletionSource _loggedIn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _disposed;

    /// <summary>Connects.</summary>
    /// <param name="url">The server.</param>
    /// <param name="hear">Gets every operation behind the login except PING.</param>
    public RawConnection(string url, HearServer hear)
    {
        _hear = hear;
        _socket.Connect(IPAddress.Loopback, new Uri(url).Port);
        _thread = new Thread(Read) { IsBackground = true, Name = "raw connection" };
        _thread.Start();
        Send("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\nPING\r\n"u8);
    }

    /// <summary>Completes when the server has answered the login.</summary>
    public Task LoggedIn => _loggedIn.Task;

    /// <summary>Writes all of the bytes.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        lock (_writing)
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[_socket.Send(bytes)..];
            }
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _socket.Dispose();
        _thread.Join();
    }

    private void Read()
    {
        try
        {
            while (_socket.Receive(_reader.Space().Span) is > 0 and var count)
            {
                _reader.Received(count);
                while (_reader.TryRead(out var message))
                {
                    Hear(message);
                }
            }
        }
        catch (Exception) when (_disposed)
        {
        }
    }

    private void Hear(in ServerMessage message)
    {
        switch (message.Op)
        {
            case ServerOp.Ping:
                Send("PONG\r\n"u8);
                break;
            case ServerOp.Error or ServerOp.Violation:
                throw new InvalidOperationException($"The server said: {message.Violation ?? System.Text.Encoding.UTF8.GetString(message.Argument)}");
            case ServerOp.Pong when _loggedIn.TrySetResult():
                break;
            default:
                _hear(message);
                break;
        }
    }
}
