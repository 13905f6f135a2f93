using System.Net;
using System.Net.Sockets;
using System.Text;
using NatsActors.Protocol;
using Xunit;

namespace NatsActors.Testing;

/// <summary>The version of the nats-server that the tests run against.</summary>
public static class ServerVersion
{
    /// <summary>Starts a server and reads its INFO. A preview has the version that it leads to.</summary>
    public static async Task<Version> ReadAsync()
    {
        await using var server = await NatsServer.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port);
        using var reader = new StreamReader(client.GetStream());
        var line = await reader.ReadLineAsync();
        Assert.True(ServerInfoJson.TryParse(Encoding.UTF8.GetBytes(line!["INFO ".Length..]), out var info));
        return Version.Parse(info.Version.Split('-')[0]);
    }
}
