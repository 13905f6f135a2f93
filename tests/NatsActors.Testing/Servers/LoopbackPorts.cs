using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NatsActors.Testing;

/// <summary>
/// Hands out loopback ports that nothing listens on; no port twice in one process. They lie below the kernel's ephemeral range:
/// inside it, an outgoing connection could take the port while its server is down, and a connect to it could meet itself.
/// </summary>
public static class LoopbackPorts
{
    private const int Lowest = 10_000;
    private static readonly HashSet<int> Given = [];
    private static readonly int Above = FirstEphemeralPort();

    /// <summary>A port that was free a moment ago.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(Lowest, Above);
            lock (Given)
            {
                if (!Given.Add(port))
                {
                    continue;
                }
            }

            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free loopback port between {Lowest} and {Above}.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FirstEphemeralPort()
    {
        const string range = "/proc/sys/net/ipv4/ip_local_port_range";
        const int usual = 32_768;
        var first = File.Exists(range)
            ? int.Parse(File.ReadAllText(range).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture)
            : usual;
        return first > Lowest + 1_000 ? first : usual;
    }
}
