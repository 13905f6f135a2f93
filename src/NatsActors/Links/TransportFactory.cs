using System.Net.Security;
using NATS.Client.Core;

namespace NatsActors.Links;

/// <summary>
/// Opens the transport of a link: TCP, a WebSocket, or the connection of a user's own factory. Puts TLS on TCP when the login
/// asks for TLS. A WebSocket does TLS itself.
/// </summary>
internal sealed class TransportFactory(LinkOpts opts, ConnectionSettings settings, Dialer dialer, CancellationToken cancel)
{
    /// <summary>Whether the TLS handshake comes before INFO.</summary>
    public bool HandshakeFirst => opts.Tls == TlsUse.First && !opts.Server.IsWebSocket;

    /// <exception cref="LinkFailure">The options contradict one another, or a user's factory failed.</exception>
    public async Task<LinkTransport> OpenAsync()
    {
        if (opts.Factory is { } factory)
        {
            return await OpenOwnAsync(factory).ConfigureAwait(false);
        }

        if (!opts.Server.IsWebSocket)
        {
            return new SocketTransport(
                await dialer.ConnectAsync(opts.Server.Host, opts.Server.Port, settings, cancel).ConfigureAwait(false));
        }

        // A server cannot upgrade a plain WebSocket to TLS.
        if (!opts.Server.Tls && opts.Tls is TlsUse.Always or TlsUse.First)
        {
            throw new LinkFailure(LinkLossKind.Tls, "TLS is required, but ws:// is without it; the URL must begin with wss://");
        }

        var tls = opts.Server.Tls ? await LinkTls.MakeAsync(opts, cancel).ConfigureAwait(false) : new SslClientAuthenticationOptions();
        var dial = new WebSocketDial(opts, settings, dialer, cancel);
        return new WebSocketTransport(await dial.ConnectAsync(tls).ConfigureAwait(false), opts.Server.Tls);
    }

    public async Task SecureAsync(LinkTransport transport)
    {
        var tls = await LinkTls.MakeAsync(opts, cancel).ConfigureAwait(false);
        await ((SocketTransport)transport).SecureAsync(tls, cancel).ConfigureAwait(false);
    }

    private async Task<LinkTransport> OpenOwnAsync(INatsSocketConnectionFactory factory)
    {
        var connecting = Task.Run(
            () => factory.ConnectAsync(new Uri(opts.Server.ToString()), opts.Client, cancel).AsTask(), CancellationToken.None);
        try
        {
            return await connecting.WaitAsync(cancel).ConfigureAwait(false) switch
            {
                // With an upgradeable connection the link does TLS, as the client would.
                INatsTlsUpgradeableSocketConnection upgradeable => new SocketTransport(upgradeable.Socket, upgradeable),
                var connection => new UserTransport(connection),
            };
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            _ = EndLateAsync(connecting);
            throw;
        }
        catch (Exception error)
        {
            throw LinkFailure.OfOthers(LinkLossKind.Unreachable, "NatsOpts.SocketConnectionFactory failed", error);
        }
    }

    /// <summary>Disposes a connection that the factory makes after the link has ended.</summary>
    private static async Task EndLateAsync(Task<INatsSocketConnection> connecting)
    {
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully)
        {
            await UserTransport.EndAsync(connecting.Result).ConfigureAwait(false);
        }
    }
}
