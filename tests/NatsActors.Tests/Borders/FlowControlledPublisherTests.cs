using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Tests.Borders;

/// <summary>
/// A stream that takes few messages at a time (429 with err_code 10167) slows a publisher down and costs it nothing. Servers before
/// 2.11 have no such limit: there the same burst is stored at once.
/// </summary>
public sealed class FlowControlledPublisherTests
{
    private const int Burst = 5_000;
    private const int MostBursts = 10;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_burst_is_stored_whole(bool strictOrder)
    {
        var limited = await ServerVersion.ReadAsync() >= new Version(2, 11);
        await using var server = await NatsServer.StartAsync(
            new NatsServerOptions { JetStream = true, JetStreamConfig = limited ? "max_buffered_msgs: 20" : "" });
        await using var admin = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(admin).CreateAsync("S", ["s"]);
        await using var test = new TestSystem(TestSystem.To(server, $$"""
            delivery.confirm = jetstream
            jetstream { strict-order = {{(strictOrder ? "on" : "off")}}, retry-min = 5ms, retry-max = 50ms }
            """));
        var publisher = test.Publishers.Publisher();
        await test.EventAsync<Connected>();
        var outcomes = new ConcurrentQueue<object>();
        var sender = new Recorder(test.System, outcomes.Enqueue);

        var (parts, sent) = (test.Publishers.Running.All().Single().Parts, 0);
        // A server with time to spare may take a burst without reaching its limit.
        for (var bursts = 0; bursts == 0 || (limited && bursts < MostBursts && parts.Buffer.Status().Totals.Resent == 0); bursts++)
        {
            publisher.Tell(
                new PublishBatch([.. Enumerable.Range(sent + 1, Burst).Select(n =>
                    new Publish("s", Encoding.UTF8.GetBytes(n.ToString(CultureInfo.InvariantCulture))) { WantsOutcome = true })]),
                sender);
            sent += Burst;
            await Until.TrueAsync(() => outcomes.OfType<Outcome>().Count() == sent, TimeSpan.FromSeconds(60));
        }

        Assert.All(outcomes.OfType<Outcome>(), outcome => Assert.IsType<Stored>(outcome));
        var stored = new List<int>();
        await foreach (var message in new StreamAdmin(admin).ReadAllAsync("S"))
        {
            stored.Add(int.Parse(message.Text, CultureInfo.InvariantCulture));
        }

        Assert.Equal(Enumerable.Range(1, sent), strictOrder || !limited ? stored : stored.Order());
        Assert.True(!limited || parts.Buffer.Status().Totals.Resent > 0);
    }
}
