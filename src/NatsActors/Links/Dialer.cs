using System.Net;
using System.Net.Sockets;

namespace NatsActors.Links;

/// <summary>
/// Opens the TCP connection of a link. A host name can have several addresses. The dialer tries them in random order, so that a
/// fleet does not meet at the first address, and so that an address that accepts connections and then is silent does not catch
/// every attempt. Each address gets its share of the remaining time, so that an address without an answer leaves time for the others.
/// </summary>
internal sealed class Dialer(TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Connects to the first address of the host that answers, within <c>connection.connect-timeout</c>.</summary>
    /// <exception cref="SocketException">The last address refused, or the name is unknown.</exception>
    /// <exception cref="LinkFailure">The name has no address, or the last one did not answer.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, ConnectionSettings settings, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var addresses = await _resolve(host, cancel).ConfigureAwait(false);
        if (settings.RandomizeServers)
        {
            Random.Shared.Shuffle(addresses);
        }

        Exception? last = null;
        for (var i = 0; i < addresses.Length; i++)
        {
            var left = settings.ConnectTimeout - time.GetElapsedTime(started);
            var share = left > TimeSpan.Zero ? left / (addresses.Length - i) : TimeSpan.Zero;
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[i], port), share, cancel).ConfigureAwait(false);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                cancel.ThrowIfCancellationRequested();
                last = error;
            }
        }

        throw last switch
        {
            SocketException error => error,
            null => new LinkFailure(LinkLossKind.Unreachable, "the host has no address"),
            _ => new LinkFailure(LinkLossKind.Unreachable, "no address answered in time"),
        };
    }

    private async Task<Socket> ConnectAsync(IPEndPoint address, TimeSpan limit, CancellationToken cancel)
    {
        using var limited = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancel);
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(address, either.Token).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }
}
