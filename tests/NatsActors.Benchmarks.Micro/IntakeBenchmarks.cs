using BenchmarkDotNet.Attributes;
using NatsActors.Buffering;

namespace NatsActors.Benchmarks.Micro;

/// <summary>
/// A message of 16 bytes through the buffer, accepted at the tail while another is taken and confirmed at the head, so that the
/// depth stays. What is buffered must not make it dearer.
/// </summary>
[InProcess]
[MemoryDiagnoser]
public class IntakeBenchmarks
{
    private const int Turn = 1_000;

    private readonly byte[] _payload = new byte[16];
    private Intake? _intake;
    private Outbox? _outbox;

    /// <summary>Messages in the buffer.</summary>
    [Params(1_000, 10_000_000)]
    public int Buffered { get; set; }

    /// <summary>Fills the buffer.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var settings = new PublisherSettings { Buffer = new() { MaxBytes = 1L << 30, MaxMessages = Buffered + Turn } };
        _outbox = new Outbox(new PublishBuffer(settings.Buffer.MaxBytes, settings.Buffer.MaxMessages));
        _intake = new Intake(settings, _outbox, "micro");
        Accept(Buffered);
    }

    /// <summary>Accepts and confirms.</summary>
    [Benchmark(OperationsPerInvoke = Turn)]
    public long AcceptAndConfirm()
    {
        Accept(Turn);
        var confirmed = 0L;
        while (confirmed < Turn && _outbox!.Buffer.TryTake(long.MaxValue, Turn - confirmed, out var batch))
        {
            confirmed += batch.Messages;
            _outbox.Buffer.Written();
            _outbox.Delivered(batch.LastSequence);
        }

        return confirmed == Turn && _outbox!.Buffer.Messages == Buffered ? confirmed : throw new InvalidOperationException("The depth has changed.");
    }

    private void Accept(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!_intake!.Offer("orders.new", _payload, 0, out var refusal))
            {
                throw new InvalidOperationException($"Refused: {refusal}");
            }
        }
    }
}
