using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text;
using NATS.Client.Core;
using NatsActors.Protocol;

namespace NatsActors.Links;

/// <summary>
/// Opens one link within one connect-timeout: transport, INFO, TLS, login, the ack subscription and a PING with its PONG.
/// NATS.Client.Core logs in: the client gets the server's INFO, writes CONNECT, and is disposed after the PONG. This class does all
/// other steps on the transport. A failed login throws a <see cref="LinkFailure"/> with its kind, or the cancellation of the token.
/// </summary>
internal sealed class LinkLogin(
    LinkRequest request, ProtocolReader reader, Func<NatsOpts, NatsOpts>? configure, Secrets secrets, LinkOptions options,
    TimeProvider time, CancellationToken cancel)
{
    /// <summary>The id of the ack inbox's subscription.</summary>
    private const string AckSubscription = "1";

    private readonly SemaphoreSlim _sending = new(1);
    private string _phase = "connecting";
    private ServerInfo? _info;
    private byte[] _infoLine = [];
    private volatile LinkFailure? _refused;
    private volatile bool _over;
    private bool _secureWebSocket;

    /// <summary>The open transport; null before. The caller disposes the transport, also after a failure.</summary>
    public LinkTransport? Transport { get; private set; }

    public async Task<ServerInfo> RunAsync()
    {
        try
        {
            var opts = ClientOptions.Make(request, configure);
            secrets.Add(ClientOptions.SecretsOf(opts.Client));
            _secureWebSocket = opts.Server is { IsWebSocket: true, Tls: true };
            var transports = new TransportFactory(opts, request.Settings, new Dialer(time, options.Resolve), cancel);
            Transport = await transports.OpenAsync().ConfigureAwait(false);
            // A half-sent TLS record cannot be taken back, so sends take no token. The time-out ends them through the transport.
            using var aborting = cancel.UnsafeRegister(static transport => ((LinkTransport)transport!).Abort(), Transport);
            await GreetAsync(opts.Tls, transports).ConfigureAwait(false);
            _phase = "waiting for the answer to CONNECT";
            await LogInAsync(opts.Client).ConfigureAwait(false);
            _phase = "waiting for a first PONG";
            await SubscribeAsync().ConfigureAwait(false);
            return _info!;
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            throw _refused ?? error as LinkFailure ?? Describe(error);
        }
    }

    /// <summary>The failure after the connect-timeout: the server was not reached, or the server did not answer.</summary>
    public LinkFailure TimedOut() => Transport is null
        ? new LinkFailure(LinkLossKind.Unreachable, "no connection within connection.connect-timeout")
        : new LinkFailure(LinkLossKind.Timeout, $"connection.connect-timeout passed while {_phase}");

    /// <summary>Opens the transport, reads INFO and starts TLS.</summary>
    private async Task GreetAsync(TlsUse tls, TransportFactory transports)
    {
        if (transports.HandshakeFirst && !Transport!.IsSecure)
        {
            _phase = "shaking hands for TLS";
            await transports.SecureAsync(Transport).ConfigureAwait(false);
        }

        _phase = "waiting for INFO";
        await ReadAsync(ServerOp.Info).ConfigureAwait(false);
        if (Transport is SocketTransport { IsSecure: false } && Upgrades(tls, _info!))
        {
            _phase = "shaking hands for TLS";
            await transports.SecureAsync(Transport).ConfigureAwait(false);
        }
    }

    private bool Upgrades(TlsUse tls, ServerInfo info)
    {
        switch (tls)
        {
            case TlsUse.Never when info.TlsRequired:
                throw new LinkFailure(LinkLossKind.Tls, "the server requires TLS, but NatsOpts.TlsOpts disables it");
            case TlsUse.Always or TlsUse.First when !info.TlsRequired && !info.TlsAvailable:
                throw new LinkFailure(LinkLossKind.Tls, "TLS is required, but the server does not offer it");
            case TlsUse.Never:
            case TlsUse.Insisted when !info.TlsRequired:
            case TlsUse.Offered when !info.TlsRequired && !info.TlsAvailable:
                return false;
        }

        // Bytes before the handshake are dropped. Anybody can inject them, and after the handshake they would pass for the server's
        // (CVE-2011-0411).
        return reader.Unread == 0
            ? true
            : throw new LinkFailure(LinkLossKind.Tls, "the server sent bytes between INFO and the TLS handshake");
    }

    /// <summary>Lets the client log in. The client is disposed in the background, because the link does not need it after the PONG.</summary>
    private async Task LogInAsync(NatsOpts opts)
    {
        var socket = new LoginSocket(SendLoginAsync, options.LateSend);
        socket.Show(_infoLine);
        _infoLine = [];
        var client = new NatsConnection(opts with { SocketConnectionFactory = socket });
        try
        {
            var connecting = ConnectAsync(client);
            await ReadAsync(ServerOp.Pong, socket).ConfigureAwait(false);
            socket.Show("PONG\r\n"u8.ToArray());
            await connecting.WaitAsync(cancel).ConfigureAwait(false);
            if (_refused is { } refused)
            {
                throw refused;
            }
        }
        finally
        {
            _over = true;
            _ = Task.Run(() => UserTransport.EndAsync(client), CancellationToken.None);
        }
    }

    /// <summary>Connects the client and never throws. If the client fails, the transport ends, and with it the wait for the server.</summary>
    private async Task ConnectAsync(NatsConnection client)
    {
        try
        {
            await client.ConnectAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (!_over)
        {
            // The client does not dial and gets no errors of the server, so only its credentials can make it fail.
            _refused = LinkFailure.OfOthers(LinkLossKind.Authorization, "NATS.Client.Core could not log in", error);
            Transport!.Abort();
        }
        catch (Exception)
        {
            // The login has ended for another reason, which ended the client.
        }
    }

    private async ValueTask SendLoginAsync(ReadOnlyMemory<byte> login)
    {
        // "CONNECT {...}\r\nPING\r\n"
        secrets.AddFrom(login.Span["CONNECT ".Length..login.Span.IndexOf((byte)'\r')]);
        try
        {
            await SendAsync(login).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The exception must not reach the client. The wait for the server's answer fails with the reason of the connection.
            Transport!.Abort();
        }
    }

    private async Task SubscribeAsync()
    {
        var subscription = request.AckInbox is { } inbox ? $"SUB {inbox}.* {AckSubscription}\r\n" : "";
        await SendAsync(Encoding.UTF8.GetBytes($"{subscription}PING\r\n")).ConfigureAwait(false);
        await ReadAsync(ServerOp.Pong).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends one piece. The client's CONNECT and an answer to a PING can come at the same time, and the transport takes one send at a
    /// time.
    /// </summary>
    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _sending.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await Transport!.SendAsync(bytes, default, default).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAsync(ServerOp until, LoginSocket? client = null)
    {
        while (true)
        {
            while (Next(until, client, out var read))
            {
                if (read == until)
                {
                    return;
                }

                if (read == ServerOp.Ping)
                {
                    await SendAsync(Link.Pong).ConfigureAwait(false);
                }
            }

            var count = await Transport!.ReceiveAsync(reader.Space(), cancel).ConfigureAwait(false);
            if (count == 0)
            {
                throw new LinkFailure(LinkLossKind.Closed, $"the server closed the connection while {_phase}");
            }

            reader.Received(count);
        }
    }

    /// <summary>Takes one operation. False when more bytes are needed.</summary>
    private bool Next(ServerOp until, LoginSocket? client, out ServerOp read)
    {
        read = default;
        if (!reader.TryRead(out var message))
        {
            return false;
        }

        read = message.Op;
        switch (read)
        {
            case ServerOp.Info:
                TakeInfo(message.Argument);
                break;
            case ServerOp.Error:
                throw LinkFailure.Of(message.Argument);
            case ServerOp.Violation:
                throw new LinkFailure(LinkLossKind.Protocol, message.Violation!);
            case ServerOp.Pong when until != ServerOp.Pong || client is { HasAsked: false }:
                throw new LinkFailure(LinkLossKind.Protocol, "the server sent a PONG that no PING asked for");
            // After the subscription, messages are PubAcks for an earlier link. Its frames are sent again in any case.
            case ServerOp.Message when until != ServerOp.Pong || client is not null:
                throw new LinkFailure(LinkLossKind.Protocol, "the server sent a message before the login");
        }

        return true;
    }

    private void TakeInfo(ReadOnlySpan<byte> json)
    {
        if (_info is null)
        {
            _infoLine = [.. "INFO "u8, .. json, .. "\r\n"u8];
        }

        _info = ServerInfoJson.TryParse(json, out var info)
            ? info
            : throw new LinkFailure(LinkLossKind.Protocol, $"malformed INFO: \"{ProtocolReader.Printable(json)}\"");
    }

    /// <summary>
    /// Decides the kind of a failure on a connection with TLS. With TLS 1.3 a server refuses the client's certificate after the client
    /// has finished its handshake, so every failure that is not the socket's is an error of TLS.
    /// </summary>
    private LinkFailure Describe(Exception error)
    {
        foreach (var cause in Causes(error))
        {
            switch (cause)
            {
                case LinkFailure failure:
                    return failure;
                case AuthenticationException:
                    return LinkFailure.Quoting(LinkLossKind.Tls, "", LinkFailure.Words(cause));
                case IOException { InnerException: not (null or SocketException) } when Transport is null && _secureWebSocket:
                    return LinkFailure.Quoting(LinkLossKind.Tls, "", LinkFailure.Words(cause));
                case SocketException when Transport is null:
                    return new LinkFailure(LinkLossKind.Unreachable, cause.Message);
            }
        }

        return error switch
        {
            WebSocketException or HttpRequestException when Transport is null =>
                LinkFailure.OfOthers(LinkLossKind.Protocol, "no WebSocket could be opened", error),
            IOException when Transport is SocketTransport { IsSecure: true } && error.InnerException is not SocketException =>
                LinkFailure.Quoting(LinkLossKind.Tls, "", LinkFailure.Words(error)),
            _ when Transport is null => LinkFailure.OfOthers(LinkLossKind.Unreachable, "no connection could be opened", error),
            _ => LinkFailure.Quoting(LinkLossKind.Closed, $"the connection broke while {_phase}: ", LinkFailure.Words(error)),
        };
    }

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (var each = error; each is not null; each = each.InnerException)
        {
            yield return each;
        }
    }
}
