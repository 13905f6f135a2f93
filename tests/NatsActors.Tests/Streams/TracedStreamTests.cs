using System.Diagnostics;
using Akka.Streams.Dsl;

namespace NatsActors.Tests.Streams;

/// <summary>Alone in the process: while a listener is there, every publisher traces, and its frames have one header more.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class TracedStreamTests
{
    [Fact]
    public async Task Streams_work_when_every_message_is_serialized_and_when_spans_are_recorded()
    {
        await using var stage = await StreamStage.StartAsync("buffer.max-messages = 300", "akka.actor { serialize-messages = on, serialize-creators = on }");
        var spans = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "NatsActors",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ => Interlocked.Increment(ref spans),
        };
        Assert.Equal(new PublishCounts { Stored = 1000 }, await StreamServerTests.Numbers("p.1", 1000).RunWith(NatsSink.PublishAndCount(stage.Publisher), stage.Materializer).WaitAsync(StreamServerTests.Limit));

        ActivitySource.AddActivityListener(listener);
        Assert.Equal(new PublishCounts { Stored = 1000 }, await StreamServerTests.Numbers("p.2", 1000).RunWith(NatsSink.PublishAndCount(stage.Publisher), stage.Materializer).WaitAsync(StreamServerTests.Limit));

        await stage.AssertOrderAsync(2, 1000);
        Assert.True(Volatile.Read(ref spans) >= 1000, $"{spans} spans ended");
    }
}
