using System.Diagnostics;

namespace NatsActors.Benchmarks.Latency;

/// <summary>
/// The messages of one turn: when each is due, and when its answers came. A latency counts from the moment at which the message was
/// due and not from the moment at which it was sent, so that a stall counts for every message that it delays (no coordinated
/// omission).
/// </summary>
internal sealed class Schedule
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] _accepted;
    private readonly long[] _ended;
    private readonly double _interval;
    private long _start;
    private int _left;

    /// <param name="rate">Messages a second.</param>
    /// <param name="count">How many messages.</param>
    /// <param name="size">Payload bytes.</param>
    public Schedule(int rate, int count, int size)
    {
        _interval = (double)Stopwatch.Frequency / rate;
        _accepted = new long[count];
        _ended = new long[count];
        _left = count;
        Payload = new byte[size];
    }

    public int Count => _ended.Length;

    /// <summary>The payload of every message.</summary>
    public byte[] Payload { get; }

    /// <summary>Completes when every message has ended.</summary>
    public Task Done => _done.Task;

    /// <summary>From now on messages are due.</summary>
    public void Begin() => _start = Stopwatch.GetTimestamp();

    /// <summary>When a message is due, as a timestamp of <see cref="Stopwatch"/>.</summary>
    public long DueAt(int index) => _start + (long)(index * _interval);

    /// <summary>How many messages are due by now.</summary>
    public int DueBy(long timestamp) => (int)Math.Min(Count, ((timestamp - _start) / _interval) + 1);

    /// <summary>The message has its reply.</summary>
    public void Accepted(int index) => _accepted[index] = Stopwatch.GetTimestamp();

    /// <summary>The message has its outcome; every message has one.</summary>
    public void Ended(int index)
    {
        _ended[index] = Stopwatch.GetTimestamp();
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _done.TrySetResult();
        }
    }

    /// <summary>The turn has found a fault of the benchmark: no message of it may be refused or lost.</summary>
    public void Failed(object answer) => _done.TrySetException(new BenchmarkException($"Not delivered: {answer}"));

    /// <summary>The latencies to the replies.</summary>
    public Latencies ToAck() => Of(_accepted);

    /// <summary>The latencies to the outcomes.</summary>
    public Latencies ToOutcome() => Of(_ended);

    private Latencies Of(long[] answers)
    {
        var latencies = new Latencies();
        for (var i = 0; i < answers.Length; i++)
        {
            latencies.Add(Stopwatch.GetElapsedTime(DueAt(i), answers[i]));
        }

        return latencies;
    }
}
