using BenchmarkDotNet.Attributes;
using NatsActors.Wire;

namespace NatsActors.Benchmarks.Micro;

/// <summary>One frame, measured and written.</summary>
[InProcess]
[MemoryDiagnoser]
public class EncoderBenchmarks
{
    private readonly Publish _plain = new("orders.new", new byte[16]);
    private readonly Publish _withId = new("orders.new", new byte[16]) { Id = "order-0123456789" };
    private readonly byte[] _destination = new byte[256];

    /// <summary>A <c>PUB</c> of 16 bytes.</summary>
    [Benchmark(Baseline = true)]
    public long Pub() => Write(_plain);

    /// <summary>The same as an <c>HPUB</c> with a message id.</summary>
    [Benchmark]
    public long HpubWithId() => Write(_withId);

    private long Write(Publish message)
    {
        var frame = FrameEncoder.Measure(message);
        frame.Write(_destination);
        return frame.Length;
    }
}
