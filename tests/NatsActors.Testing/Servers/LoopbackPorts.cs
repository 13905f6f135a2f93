using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NatsActors.Testing;

/// <summary>
/// Hands out loopback ports that nothing listens on; no port twice in one process, and none of a block that another process holds:
/// a port whose server is down, or whose proxy refuses, looks free to everybody. They lie below the kernel's ephemeral range:
/// inside it, an outgoing connection could take the port while its server is down, and a connect to it could meet itself.
/// </summary>
public static class LoopbackPorts
{
    private const int Lowest = 10_000;
    private const int BlockSize = 256;
    private static readonly Lock Gate = new();
    private static readonly Queue<int> Left = new();
    private static readonly List<FileStream> Held = [];
    private static readonly Queue<int> Blocks = new(Shuffled(Lowest, (FirstEphemeralPort() - Lowest) / BlockSize, BlockSize));

    /// <summary>A port that was free a moment ago.</summary>
    public static int Next()
    {
        lock (Gate)
        {
            while (true)
            {
                while (Left.TryDequeue(out var port))
                {
                    if (IsFree(port))
                    {
                        return port;
                    }
                }

                TakeBlock();
            }
        }
    }

    /// <summary>Takes a block that no other process of this user has, until this process ends.</summary>
    private static void TakeBlock()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"loopback-ports-{Environment.UserName}"));
        while (Blocks.TryDequeue(out var first))
        {
            try
            {
                Held.Add(new FileStream(Path.Combine(folder.FullName, $"{first}"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None));
            }
            catch (IOException)
            {
                // Another process has it.
                continue;
            }

            foreach (var port in Shuffled(first, BlockSize, 1))
            {
                Left.Enqueue(port);
            }

            return;
        }

        throw new InvalidOperationException($"No free loopback port from {Lowest} on.");
    }

    private static int[] Shuffled(int first, int count, int step)
    {
        int[] numbers = [.. Enumerable.Range(0, count).Select(n => first + (n * step))];
        Random.Shared.Shuffle(numbers);
        return numbers;
    }

    private static bool IsFree(int port)
    {
        try
        {
            // It does not listen: a process that another test starts meanwhile holds its copy a little longer.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
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
