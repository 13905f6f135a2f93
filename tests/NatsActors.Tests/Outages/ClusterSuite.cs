using System.Globalization;
using NatsActors.Connection;
using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>A cluster of three of which the publisher knows one.</summary>
public abstract class ClusterSuite(IPublisherHost host)
{
    private const int Part = 500;
    private const string Route = "from ";
    private readonly EventLog _events = new();

    [Theory]
    [InlineData("killed")]
    [InlineData("lame duck")]
    public async Task The_others_are_discovered_and_taken_when_the_known_one_goes(string how)
    {
        await using var cluster = await NatsCluster.StartAsync();
        var (known, last) = (cluster.Nodes[0], cluster.Nodes[2]);
        await using var reader = await NatsReader.ConnectAsync(last.Server.Port);
        await reader.SubscribeAsync("t");
        await using var publisher = await host.StartAsync(
            new PublisherSettings
            {
                Connection = new ConnectionSettings
                {
                    Servers = [known.Proxy.Url],
                    Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(200) },
                },
            },
            _events.Add);
        await _events.NextAsync<Connected>();
        await Until.TrueAsync(() => Discovered().Count() == 2);
        Assert.Equal(cluster.Nodes.Skip(1).Select(node => node.Proxy.Url).Order(), Discovered().Order());
        await RouteAsync(cluster, reader);

        await SendAsync(publisher, reader, 1, Part);
        if (how == "killed")
        {
            known.Proxy.Refuse();
            await known.Server.KillAsync();
        }
        else
        {
            known.Server.Signal(Signals.User2);
        }

        await SendAsync(publisher, reader, Part + 1, 2 * Part);
        var moved = await _events.NextAsync<Reconnected>();
        await SendAsync(publisher, reader, (2 * Part) + 1, 3 * Part);

        Assert.Contains(moved.Server, cluster.Nodes.Skip(1).Select(node => node.Proxy.Url));
        var numbers = reader.Messages.Where(message => !message.Text.StartsWith(Route, StringComparison.Ordinal)).Select(message => int.Parse(message.Text, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Enumerable.Range(1, 3 * Part), numbers.Distinct());
        Assert.Equal(how == "killed" ? 0 : 1, _events.All.OfType<LameDuck>().Count());
        if (how == "lame duck")
        {
            Assert.Equal((3 * Part, 0L), (numbers.Count, (await publisher.StatusAsync()).Totals.Resent));
        }
    }

    private IEnumerable<string> Discovered() => _events.All.OfType<ServersDiscovered>().SelectMany(found => found.Servers);

    /// <summary>
    /// The reader's interest takes a moment to reach each of the servers, since some find each other later; until then they drop what
    /// has no listener.
    /// </summary>
    private static async Task RouteAsync(NatsCluster cluster, NatsReader reader)
    {
        foreach (var node in cluster.Nodes)
        {
            var text = Route + node.Name;
            await using var writer = await NatsReader.ConnectAsync(node.Server.Port);
            await Until.TrueAsync(async () =>
            {
                await writer.PublishAsync("t", System.Text.Encoding.UTF8.GetBytes(text));
                return reader.Messages.Any(message => message.Text == text);
            });
        }
    }

    /// <summary>A PONG is the word of one server, and no more: a part has arrived before the next thing happens to a server.</summary>
    private static async Task SendAsync(IHostedPublisher publisher, NatsReader reader, int from, int to)
    {
        for (var n = from; n <= to; n++)
        {
            Assert.IsType<Ack>(await publisher.PublishAsync(new Publish("t", System.Text.Encoding.UTF8.GetBytes($"{n}"))));
        }

        var flushed = await publisher.FlushAsync(Until.DefaultTimeout);
        Assert.True(flushed.Completed, $"{flushed.Remaining} left: {(await publisher.StatusAsync()).LastError}");
        await Until.TrueAsync(() => reader.Messages.Any(message => message.Text == $"{to}"));
    }
}
