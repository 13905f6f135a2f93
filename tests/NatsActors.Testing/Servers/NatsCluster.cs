using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace NatsActors.Testing;

/// <summary>One server of a <see cref="NatsCluster"/>, with the proxy that clients reach it through.</summary>
public sealed record ClusterNode(NatsServer Server, CuttingProxy Proxy, string Name);

/// <summary>
/// Real nats-servers in one cluster with JetStream on loopback, a cutting proxy in front of each. The servers announce the
/// proxies' addresses (<c>client_advertise</c>), so that clients which discover them do not get around the proxies.
/// </summary>
public sealed class NatsCluster : IAsyncDisposable
{
    private NatsCluster(IReadOnlyList<ClusterNode> nodes)
    {
        Nodes = nodes;
    }

    public IReadOnlyList<ClusterNode> Nodes { get; }

    /// <summary>Starts the servers; JetStream takes some seconds more to choose its leader.</summary>
    public static async Task<NatsCluster> StartAsync(int size = 3)
    {
        var routes = Enumerable.Range(0, size).Select(_ => LoopbackPorts.Next()).ToArray();
        var urls = string.Join(", ", routes.Select(port => $"\"nats://127.0.0.1:{port}\""));
        var nodes = await Task.WhenAll(routes.Select(port => StartNodeAsync(port, urls)));
        return new NatsCluster(nodes);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.Proxy.DisposeAsync();
            await node.Server.DisposeAsync();
        }
    }

    private static async Task<ClusterNode> StartNodeAsync(int routePort, string routes)
    {
        var proxy = CuttingProxy.Start(0);
        var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            JetStream = true,
            Config = $$"""
                client_advertise: "127.0.0.1:{{proxy.Port}}"
                cluster { name: "loopback", listen: "127.0.0.1:{{routePort}}", routes: [{{routes}}] }
                lame_duck_grace_period: "20s"
                lame_duck_duration: "30s"
                """,
        });
        proxy.UpstreamPort = server.Port;
        return new ClusterNode(server, proxy, await NameAsync(server.Port));
    }

    private static async Task<string> NameAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        var info = await reader.ReadLineAsync() ?? throw new IOException("The server sent no INFO.");
        using var json = JsonDocument.Parse(info["INFO ".Length..]);
        return json.RootElement.GetProperty("server_name").GetString()!;
    }
}
