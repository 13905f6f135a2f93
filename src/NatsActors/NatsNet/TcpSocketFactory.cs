using System.Net.Sockets;
using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>
/// Makes a link's TCP connection as the wire link does: the client gives the first of a name's addresses all of the time that
/// there is for connecting.
/// </summary>
/// <param name="dialer">Connects.</param>
/// <param name="settings">The connection's settings.</param>
/// <param name="tlsFirst">Whether TLS comes before everything else.</param>
/// <param name="made">Takes the socket at once: the client tells of it only when TLS has been agreed on.</param>
internal sealed class TcpSocketFactory(Dialer dialer, ConnectionSettings settings, bool tlsFirst, Action<Socket> made)
    : INatsSocketConnectionFactory
{
    public async ValueTask<INatsSocketConnection> ConnectAsync(Uri uri, NatsOpts opts, CancellationToken cancellationToken)
    {
        var socket = await dialer.ConnectAsync(uri.IdnHost, uri.Port, settings, cancellationToken).ConfigureAwait(false);
        made(socket);
        return new TcpSocket(socket, tlsFirst);
    }

    /// <summary>
    /// A TCP connection, which the client may put TLS on. When TLS has to come first, it says and hears nothing in plain: a
    /// client whose handshake has failed goes on without TLS, and would show its credentials to whoever made it fail.
    /// </summary>
    private sealed class TcpSocket(Socket socket, bool tlsFirst) : INatsTlsUpgradeableSocketConnection
    {
        public Socket Socket => socket;

        public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer) =>
            tlsFirst ? throw Plain() : socket.SendAsync(buffer, SocketFlags.None, CancellationToken.None);

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer) =>
            tlsFirst ? throw Plain() : socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None);

        public ValueTask DisposeAsync()
        {
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // It has ended already.
            }

            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        private static LinkFailure Plain() => new(LinkLossKind.Tls, "TLS could not be agreed on, and connection.tls.mode = handshake-first");
    }
}
