using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace NatsActors.Testing;

/// <summary>
/// A TCP listener in this process that plays a script with each connection, for what no real server does. The connection is
/// closed when its script ends; <see cref="ScriptedConnection.HangAsync"/> keeps it open.
/// </summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<ScriptedConnection, Task> _script;
    private readonly X509Certificate2? _certificate;
    private readonly List<Task> _running = [];
    private readonly Task _accepting;

    private ScriptedServer(Func<ScriptedConnection, Task> script, X509Certificate2? certificate)
    {
        _script = script;
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>Completes when the first connection was accepted.</summary>
    public Task Accepted => _accepted.Task.WaitAsync(Until.DefaultTimeout, TimeProvider.System);

    /// <summary>Starts; with a certificate it shakes hands for TLS before the script.</summary>
    public static ScriptedServer Start(Func<ScriptedConnection, Task> script, X509Certificate2? certificate = null) =>
        new(script, certificate);

    /// <summary>Ends every script; more than once is as good.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_running);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _running.Add(Task.Run(() => PlayAsync(client)));
                _accepted.TrySetResult();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task PlayAsync(TcpClient client)
    {
        using var _ = client;
        client.NoDelay = true;
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            }

            await _script(new ScriptedConnection(stream, client.Client, _stop.Token));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            // The client has left, or the test is over.
        }
    }
}

/// <summary>The server's side of one scripted connection.</summary>
public sealed class ScriptedConnection(Stream stream, Socket socket, CancellationToken stop)
{
    public const string Info = """INFO {"server_id":"SCRIPTED","version":"0.0.0","headers":true,"max_payload":1048576}""" + "\r\n";

    private readonly List<string> _lines = [];
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>Cancelled when the test is over; a script must not wait for anything else without it.</summary>
    public CancellationToken Stop => stop;

    /// <summary>The lines of the client's handshake.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Sends text.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(byte[] bytes)
    {
        await stream.WriteAsync(bytes, stop);
        await stream.FlushAsync(stop);
    }

    /// <summary>Sends INFO and takes what the client says up to its PING, without an answer.</summary>
    public async Task GreetAsync(string info = Info)
    {
        await SendAsync(info);
        await ReadPingAsync();
    }

    /// <summary>Logs the client in, and takes what it says up to its next PING, without an answer.</summary>
    public async Task LogInAsync(string info = Info)
    {
        await GreetAsync(info);
        await SendAsync("PONG\r\n");
        await ReadPingAsync();
    }

    /// <summary>Brings the client up.</summary>
    public async Task BringUpAsync(string info = Info)
    {
        await LogInAsync(info);
        await SendAsync("PONG\r\n");
    }

    /// <summary>Reads lines up to a PING.</summary>
    public async Task ReadPingAsync()
    {
        while (await ReadLineAsync() != "PING")
        {
        }
    }

    /// <summary>Reads one line, byte by byte: handshakes are short.</summary>
    public async Task<string> ReadLineAsync()
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, stop) == 1)
        {
            if (one[0] == '\n')
            {
                var text = Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                _lines.Add(text);
                return text;
            }

            line.Add(one[0]);
        }

        throw new IOException("The client closed the connection.");
    }

    /// <summary>Reads what is there, once something is; gives how many bytes.</summary>
    public async Task<int> ReadSomeAsync(Memory<byte> space) => await stream.ReadAsync(space, stop);

    /// <summary>Reads and forgets until the client closes.</summary>
    public async Task SwallowAsync()
    {
        while (await stream.ReadAsync(_buffer, stop) > 0)
        {
        }
    }

    /// <summary>Says that nothing more will be sent (FIN), and goes on to read.</summary>
    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Neither reads nor writes until the test ends.</summary>
    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
}
