using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NatsActors.Testing;

namespace NatsActors.Benchmarks.Recovery;

/// <summary>One outage of a server: the moment at which it listened again, as timestamps of <see cref="Stopwatch"/>.</summary>
internal sealed class ServerOutage
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(2);

    private readonly TaskCompletionSource<long> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the first moment at which the server accepts a connection again.</summary>
    public Task<long> Listening => _listening.Task;

    /// <summary>Kills the server, and starts it again on its port when the outage is over.</summary>
    public async Task RunAsync(NatsServer server, TimeSpan length)
    {
        var killed = Stopwatch.GetTimestamp();
        await server.KillAsync();
        await Task.Delay(length - Stopwatch.GetElapsedTime(killed) is { Ticks: > 0 } left ? left : TimeSpan.Zero, TimeProvider.System);
        await Task.WhenAll(server.RestartAsync(), ProbeAsync(server.Port));
    }

    private async Task ProbeAsync(int port)
    {
        using var timer = new PeriodicTimer(ProbeInterval);
        while (!await AcceptsAsync(port))
        {
            await timer.WaitForNextTickAsync();
        }

        _listening.SetResult(Stopwatch.GetTimestamp());
    }

    private static async Task<bool> AcceptsAsync(int port)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
