using NatsActors.Testing;
using NatsActors.Tests.Outages;

namespace NatsActors.Tests.Facade;

/// <summary>The producer's loop takes every core that it gets.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class LogFloodTests
{
    private const int MostLines = 10;

    [Fact]
    public async Task A_producer_in_a_loop_that_fills_the_buffer_again_and_again_makes_at_most_ten_lines()
    {
        await using var server = await NatsServer.StartAsync();
        var log = new LineLog();
        var overflows = 0;
        await using (var publisher = NatsPublisher.Start(
            new PublisherSettings
            {
                Connection = new ConnectionSettings { Servers = [server.Url] },
                Buffer = new BufferSettings { MaxMessages = 1000 },
            },
            log,
            onEvent: occurrence => _ = occurrence is OverflowStarted ? Interlocked.Increment(ref overflows) : 0))
        {
            var started = TimeProvider.System.GetTimestamp();
            var payload = new byte[128];
            // A busy machine fills the buffer less often.
            while (TimeProvider.System.GetElapsedTime(started) is var elapsed
                && (elapsed < TimeSpan.FromSeconds(3) || (Volatile.Read(ref overflows) < MostLines * 5 && elapsed < Until.DefaultTimeout)))
            {
                publisher.TryPublish("s", payload, out _);
            }
        }

        Assert.InRange(overflows, MostLines * 5, int.MaxValue);
        Assert.InRange(log.All.Count, 3, MostLines);
        Assert.DoesNotContain(log.All, line => line.StartsWith("Error", StringComparison.Ordinal));
    }
}
