using System.Globalization;
using Akka.Actor;
using Akka.Streams;
using NatsActors.Testing;

namespace NatsActors.Tests.Streams;

/// <summary>A server with a stream for <c>p.*</c>, and an actor system with a publisher that has a link to it.</summary>
internal sealed class StreamStage : IAsyncDisposable
{
    private StreamStage(NatsServer server, TestSystem test, IActorRef publisher)
    {
        (Server, Test, Publisher) = (server, test, publisher);
        Materializer = test.System.Materializer();
    }

    public NatsServer Server { get; }

    public TestSystem Test { get; }

    public IActorRef Publisher { get; }

    public IMaterializer Materializer { get; }

    /// <summary>The ledger; also that of a publisher that has ended.</summary>
    public LedgerTotals Totals => Publisher.Ask<PublisherStatus>(GetStatus.Instance).Result.Totals;

    public static async Task<StreamStage> StartAsync(string more = "", string hocon = "")
    {
        var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateAsync(server);
        var test = new TestSystem($"{hocon}\n{TestSystem.To(server, $"delivery.confirm = jetstream\n{more}")}");
        var publisher = test.Publishers.Publisher();
        await test.EventAsync<Connected>();
        return new StreamStage(server, test, publisher);
    }

    public static async Task CreateAsync(NatsServer server)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync("P", ["p.>"]);
    }

    public Task AssertOrderAsync(int subjects, int? messages) => AssertOrderAsync(Server, subjects, messages);

    /// <summary>Each subject has 1, 2, 3, ...; null for any number of them.</summary>
    public static async Task AssertOrderAsync(NatsServer server, int subjects, int? messages)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var stored = new Dictionary<string, List<int>>();
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync("P"))
        {
            if (!stored.TryGetValue(message.Subject, out var own))
            {
                stored[message.Subject] = own = [];
            }

            own.Add(int.Parse(message.Text, CultureInfo.InvariantCulture));
        }

        Assert.Equal(subjects, stored.Count);
        Assert.All(stored.Values, numbers => Assert.Equal(Enumerable.Range(1, messages ?? numbers.Count), numbers));
    }

    public async ValueTask DisposeAsync()
    {
        await Test.DisposeAsync();
        await Server.DisposeAsync();
    }
}
