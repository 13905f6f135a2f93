using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace NatsActors.Links;

/// <summary>
/// Opens a WebSocket with the user's <c>NatsOpts.WebSocketOpts</c>, the link's dialer and the link's TLS. The client could open one
/// too, but it hides why a WebSocket could not be opened, and it ends with a closing handshake that a stuck server delays.
/// </summary>
internal sealed class WebSocketDial(LinkOpts opts, ConnectionSettings settings, Dialer dialer, CancellationToken cancel)
{
    private readonly Uri _uri = new(opts.Server.ToString());

    /// <param name="tls">The TLS options. They have no effect for <c>ws://</c>.</param>
    public async Task<WebSocket> ConnectAsync(SslClientAuthenticationOptions tls)
    {
        var socket = new ClientWebSocket();
        try
        {
            using var handler = new SocketsHttpHandler { ConnectCallback = DialAsync };
            await ConfigureAsync(socket.Options, tls, handler).ConfigureAwait(false);
            using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
            await socket.ConnectAsync(_uri, invoker, cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken _)
    {
        var socket = await dialer.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, settings, cancel).ConfigureAwait(false);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task ConfigureAsync(ClientWebSocketOptions options, SslClientAuthenticationOptions tls, SocketsHttpHandler handler)
    {
        // The link's own PINGs find a dead connection.
        options.KeepAliveInterval = TimeSpan.Zero;
        var systemProxy = options.Proxy;
        if (tls.TargetHost is { Length: > 0 } name && name != _uri.IdnHost)
        {
            // The HTTP handler takes the TLS host name from this header.
            options.SetRequestHeader("Host", $"{name}:{_uri.Port}");
        }

        var wanted = opts.Client.WebSocketOpts;
        foreach (var (header, values) in wanted.RequestHeaders ?? new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>())
        {
            options.SetRequestHeader(header, string.Join(',', (IEnumerable<string?>)values));
        }

        if (wanted.ConfigureClientWebSocketOptions is { } configure)
        {
            try
            {
                await configure(_uri, options, cancel).AsTask().WaitAsync(cancel).ConfigureAwait(false);
            }
            catch (Exception error) when (!cancel.IsCancellationRequested)
            {
                throw LinkFailure.OfOthers(
                    LinkLossKind.Unreachable, "NatsOpts.WebSocketOpts.ConfigureClientWebSocketOptions failed", error);
            }
        }

        Move(options, systemProxy, tls, handler);
        handler.SslOptions = tls;
    }

    /// <summary>Moves options to the handler. A WebSocket with a handler takes these options from the handler only.</summary>
    private static void Move(
        ClientWebSocketOptions options, IWebProxy? systemProxy, SslClientAuthenticationOptions tls, SocketsHttpHandler handler)
    {
        if (!ReferenceEquals(options.Proxy, systemProxy))
        {
            handler.UseProxy = options.Proxy is not null;
            handler.Proxy = options.Proxy;
            options.Proxy = systemProxy;
        }

        handler.Credentials = options.UseDefaultCredentials ? CredentialCache.DefaultCredentials : options.Credentials;
        options.UseDefaultCredentials = false;
        options.Credentials = null;
        handler.UseCookies = options.Cookies is not null;
        if (options.Cookies is { } cookies)
        {
            handler.CookieContainer = cookies;
            options.Cookies = null;
        }

        if (options.ClientCertificates is { Count: > 0 } certificates)
        {
            tls.ClientCertificates = certificates;
            options.ClientCertificates = [];
        }

        if (options.RemoteCertificateValidationCallback is { } validate)
        {
            tls.RemoteCertificateValidationCallback = validate;
            options.RemoteCertificateValidationCallback = null;
        }
    }
}
