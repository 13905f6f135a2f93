using NATS.Client.Core;
using NatsActors.Links;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>Every link makes a client of its own; none outlives it.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class LinkLeakTests
{
    private const int Links = 1000;
    private const int AtOnce = 8;

    [Theory]
    [InlineData("closed")]
    [InlineData("refused")]
    [InlineData("abandoned")]
    public async Task A_thousand_links_leave_nothing_behind(string end)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { user: u, password: p }" });
        await EndAsync(server, end, AtOnce);
        var before = Measure();

        var clients = await EndAsync(server, end, Links);

        await Until.TrueAsync(() =>
        {
            var now = Measure();
            return now.Descriptors <= before.Descriptors + 4 && now.Memory < before.Memory + (8 * 1024 * 1024)
                && clients.Count(client => client.IsAlive) <= AtOnce;
        });
        Assert.Equal(Links, clients.Count);
    }

    /// <summary>Opens links and ends them; gives a weak reference to something that each one's client holds.</summary>
    private static async Task<IReadOnlyList<WeakReference>> EndAsync(NatsServer server, string end, int count)
    {
        var clients = new List<WeakReference>();
        for (var done = 0; done < count; done += AtOnce)
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => OneAsync(server, end, clients)));
        }

        return clients;
    }

    private static async Task OneAsync(NatsServer server, string end, List<WeakReference> clients)
    {
        var url = server.Url.Replace("nats://", end == "refused" ? "nats://u:wrong@" : "nats://u:p@", StringComparison.Ordinal);
        var (link, recorder) = LinkRig.Open(url, opts =>
        {
            var mark = opts.AuthOpts with { };
            lock (clients)
            {
                clients.Add(new WeakReference(mark));
            }

            return opts with { AuthOpts = mark };
        });
        if (end == "closed")
        {
            await recorder.WaitAsync<LinkUp>();
        }

        if (end != "refused")
        {
            link.Close();
        }

        await recorder.LostAsync();
    }

    private static (int Descriptors, long Memory) Measure()
    {
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        return (Directory.GetFileSystemEntries("/proc/self/fd").Length, memory);
    }
}
