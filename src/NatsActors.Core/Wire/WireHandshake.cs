using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;

namespace NatsActors.Wire;

/// <summary>
/// Brings one link up: TCP, TLS, INFO, CONNECT, the ack subscription and a first PING with its PONG, all within one
/// connect-timeout. Fails with a <see cref="LinkFailure"/> whose kind is precise, or as the token was cancelled.
/// </summary>
internal sealed class WireHandshake(
    LinkRequest request, ProtocolReader reader, WireOptions options, TimeProvider time, CancellationToken cancel)
{
    /// <summary>The id of the ack inbox's subscription.</summary>
    private const string AckSubscription = "1";

    private static readonly string Version = typeof(WireHandshake).Assembly.GetName().Version?.ToString(3) ?? "0";

    private readonly TlsSettings _tls = request.Settings.Tls;
    private string _phase = "connecting";
    private ServerInfo? _info;

    /// <summary>The transport once TCP is connected; the caller disposes it, also after a failure.</summary>
    public WireTransport? Transport { get; private set; }

    public async Task<ServerInfo> RunAsync()
    {
        try
        {
            var socket = await new Dialer(time, options.Resolve)
                .ConnectAsync(request.Server.Host, request.Server.Port, request.Settings, cancel).ConfigureAwait(false);
            Transport = new WireTransport(socket);
            // Sends take no token (a half-sent record cannot be taken back), so the time-out must reach them through the socket.
            using var aborting = cancel.UnsafeRegister(static transport => ((WireTransport)transport!).Abort(), Transport);
            if (_tls.Mode == TlsMode.HandshakeFirst)
            {
                await SecureAsync(Transport).ConfigureAwait(false);
            }

            _phase = "waiting for INFO";
            await ReadAsync(Transport, untilPong: false).ConfigureAwait(false);
            await UpgradeAsync(Transport, _info!).ConfigureAwait(false);
            _phase = "waiting for the answer to CONNECT";
            await Transport.SendAsync(Connect(), default, default).ConfigureAwait(false);
            await ReadAsync(Transport, untilPong: true).ConfigureAwait(false);
            return _info!;
        }
        catch (Exception error) when (error is not LinkFailure && !cancel.IsCancellationRequested)
        {
            throw Describe(error);
        }
    }

    /// <summary>What the connect-timeout's end means: the server was not reached, or it did not go on.</summary>
    public LinkFailure TimedOut() => Transport is null
        ? new LinkFailure(LinkLossKind.Unreachable, "no connection within connection.connect-timeout")
        : new LinkFailure(LinkLossKind.Timeout, $"connection.connect-timeout passed while {_phase}");

    private async Task UpgradeAsync(WireTransport transport, ServerInfo info)
    {
        var wanted = _tls.Mode == TlsMode.Require || request.Server.Tls;
        if (transport.IsSecure || !(wanted || info.TlsRequired))
        {
            return;
        }

        if (!info.TlsRequired && !info.TlsAvailable)
        {
            throw new LinkFailure(LinkLossKind.Tls, "TLS is required, but the server does not offer it");
        }

        // Bytes before the handshake are nobody's word: kept, they would be taken for the server's after it (CVE-2011-0411).
        if (reader.Unread > 0)
        {
            throw new LinkFailure(LinkLossKind.Tls, "the server sent bytes between INFO and the TLS handshake");
        }

        await SecureAsync(transport).ConfigureAwait(false);
    }

    private async Task SecureAsync(WireTransport transport)
    {
        _phase = "shaking hands for TLS";
        var tls = new SslClientAuthenticationOptions();
        await WireTls.FillAsync(tls, _tls, request.Server.TlsHost, cancel).ConfigureAwait(false);
        await transport.SecureAsync(tls, cancel).ConfigureAwait(false);
    }

    private async Task ReadAsync(WireTransport transport, bool untilPong)
    {
        while (true)
        {
            while (Next(untilPong, out var done, out var ping))
            {
                if (done)
                {
                    return;
                }

                if (ping)
                {
                    await transport.SendAsync(WireLink.Pong, default, default).ConfigureAwait(false);
                }
            }

            var count = await transport.ReceiveAsync(reader.Space(), cancel).ConfigureAwait(false);
            if (count == 0)
            {
                throw new LinkFailure(LinkLossKind.Closed, $"the server closed the connection while {_phase}");
            }

            reader.Received(count);
        }
    }

    /// <summary>Takes one operation; false when more bytes are needed.</summary>
    private bool Next(bool untilPong, out bool done, out bool ping)
    {
        done = false;
        ping = false;
        if (!reader.TryRead(out var message))
        {
            return false;
        }

        switch (message.Op)
        {
            case ServerOp.Info:
                _info = ServerInfoJson.TryParse(message.Argument, out var info)
                    ? info
                    : throw new LinkFailure(LinkLossKind.Protocol, $"malformed INFO: \"{ProtocolReader.Printable(message.Argument)}\"");
                done = !untilPong;
                break;
            case ServerOp.Error:
                throw LinkFailure.Of(message.Argument);
            case ServerOp.Violation:
                throw new LinkFailure(LinkLossKind.Protocol, message.Violation!);
            case ServerOp.Pong when untilPong:
                done = true;
                break;
            case ServerOp.Ping:
                ping = true;
                break;
            case ServerOp.Pong or ServerOp.Message:
                throw new LinkFailure(LinkLossKind.Protocol, $"the server sent {message.Op} before INFO was answered");
        }

        return true;
    }

    /// <summary>CONNECT, the ack subscription and PING in one write.</summary>
    private ReadOnlyMemory<byte> Connect()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        buffer.Write("CONNECT "u8);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("verbose"u8, false);
            json.WriteBoolean("pedantic"u8, false);
            json.WriteBoolean("tls_required"u8, Transport!.IsSecure);
            json.WriteString("lang"u8, ".net"u8);
            json.WriteString("version"u8, Version);
            json.WriteString("name"u8, request.Settings.Name);
            json.WriteNumber("protocol"u8, 1);
            json.WriteBoolean("headers"u8, true);
            json.WriteBoolean("no_responders"u8, true);
            WriteLogin(json);
            json.WriteEndObject();
        }

        buffer.Write("\r\n"u8);
        if (request.AckInbox is { } inbox)
        {
            buffer.Write(Encoding.UTF8.GetBytes($"SUB {inbox}.* {AckSubscription}\r\n"));
        }

        buffer.Write("PING\r\n"u8);
        return buffer.WrittenMemory;
    }

    private void WriteLogin(Utf8JsonWriter json)
    {
        var (user, password, token) = Secrets.Login(request);
        if (token is not null)
        {
            json.WriteString("auth_token"u8, token);
        }
        else if (user is not null)
        {
            json.WriteString("user"u8, user);
            json.WriteString("pass"u8, password);
        }
    }

    private LinkFailure Describe(Exception error) => error switch
    {
        AuthenticationException => new(LinkLossKind.Tls, Words(error)),
        SocketException socket when Transport is null => new(LinkLossKind.Unreachable, socket.Message),
        // With TLS 1.3 a server refuses the client's certificate after the client's side of the handshake is done.
        IOException when Transport is { IsSecure: true } && error.InnerException is not SocketException => new(LinkLossKind.Tls, Words(error)),
        _ => new(LinkLossKind.Closed, $"the connection broke while {_phase}: {Words(error)}"),
    };

    private static string Words(Exception error) =>
        error.InnerException is { } inner && !error.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{error.Message} {inner.Message}"
            : error.Message;
}
