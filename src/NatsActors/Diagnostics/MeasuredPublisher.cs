using System.Diagnostics.Metrics;
using NatsActors.Buffer;
using NatsActors.Door;

namespace NatsActors.Diagnostics;

/// <summary>The values of one publisher while it runs.</summary>
/// <param name="guarded">The publisher's buffer.</param>
/// <param name="tag">The publisher's tag.</param>
internal sealed class RunningPublisher(GuardedBuffer guarded, KeyValuePair<string, object?> tag)
{
    public GuardedBuffer Guarded => guarded;

    public PublishBuffer Buffer => guarded.Buffer;

    public double Fill => guarded.Status().Fill;

    public Measurement<double> Of(double value, params ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(value, [tag, .. tags]);
}

/// <summary>The counts of one publisher. They outlive the publisher: after <see cref="Dispose"/> nothing else of it is held.</summary>
internal sealed class MeasuredPublisher : IDisposable
{
    private static long s_ended;

    private readonly KeyValuePair<string, object?> _tag;
    private readonly Action _retire;
    private RunningPublisher? _running;
    private long _resent;
    private long _reconnects;

    public MeasuredPublisher(string name, GuardedBuffer guarded, Action retire)
    {
        Name = name;
        Ledger = guarded.Ledger;
        _tag = new("publisher", name);
        _retire = retire;
        _running = new RunningPublisher(guarded, _tag);
    }

    public string Name { get; }

    public Ledger Ledger { get; }

    /// <summary>Null after the end.</summary>
    public RunningPublisher? Running => Volatile.Read(ref _running);

    public bool HasEnded => Running is null;

    /// <summary>The order of the ends.</summary>
    public long EndedAt { get; private set; }

    public long Accepted => Running?.Guarded.Accepted ?? (Ledger.Accepted - Ledger.Withdrawn);

    public long Resent => Running?.Buffer.Resent ?? _resent;

    public long Reconnects => Running?.Guarded.Reconnects ?? _reconnects;

    public Measurement<long> Of(long value, params ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(value, [_tag, .. tags]);

    public void Dispose()
    {
        if (Running is { } running)
        {
            (_resent, _reconnects) = (running.Buffer.Resent, running.Guarded.Reconnects);
            EndedAt = Interlocked.Increment(ref s_ended);
            Volatile.Write(ref _running, null);
            _retire();
        }
    }
}
