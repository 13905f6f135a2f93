using NatsActors.Protocol;

namespace NatsActors.Tests.Protocol;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("host", "nats://host:4222")]
    [InlineData("nats://host", "nats://host:4222")]
    [InlineData("TLS://host:1", "tls://host:1")]
    [InlineData("ws://host", "ws://host:80")]
    [InlineData("wss://host", "wss://host:443")]
    [InlineData("wss://host:8443/", "wss://host:8443")]
    [InlineData("wss://host/nats/ws/", "wss://host:443/nats/ws")]
    [InlineData("nats://[::1]:1", "nats://[::1]:1")]
    [InlineData("ws://[::1]/p", "ws://[::1]:80/p")]
    [InlineData("ws://u:p@host:8080/p", "ws://host:8080/p")]
    [InlineData("nats://token@host/", "nats://host:4222")]
    public void An_address_shows_scheme_host_port_and_path_and_no_credentials(string url, string shown) =>
        Assert.Equal(shown, ServerAddress.Parse(url).ToString());

    [Theory]
    [InlineData("http://host", "the scheme is unknown")]
    [InlineData("ws://host:0", "the port is not a number from 1 to 65535")]
    [InlineData("ws://host/p?token=secret", "the path of a WebSocket must not have a query or a fragment")]
    [InlineData("ws://host/p#secret", "the path of a WebSocket must not have a query or a fragment")]
    [InlineData("nats://host/path", "the host is not a host name or an address")]
    [InlineData("ws:///p", "the host is not a host name or an address")]
    [InlineData("", "the host is not a host name or an address")]
    public void What_is_no_server_is_refused_without_its_text(string url, string error)
    {
        Assert.False(ServerAddress.TryParse(url, out _, out var told));

        Assert.Equal(error, told);
    }

    [Theory]
    [InlineData("nats://seed", "nats://10.0.0.2:5")]
    [InlineData("tls://seed", "tls://10.0.0.2:5")]
    [InlineData("ws://seed/p", "ws://10.0.0.2:5")]
    [InlineData("wss://seed", "wss://10.0.0.2:5")]
    public void A_discovered_server_has_the_scheme_and_the_credentials_of_its_seed(string seed, string found)
    {
        var address = ServerAddress.Parse("10.0.0.2:5").Inherit(ServerAddress.Parse(seed.Replace("seed", "u:p@seed", StringComparison.Ordinal)));

        Assert.Equal(found, address.ToString());
        Assert.Equal(("u", "p", "seed"), (address.User, address.Password, address.TlsHost));
    }
}
