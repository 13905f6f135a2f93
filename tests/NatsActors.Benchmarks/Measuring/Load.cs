using NatsActors.Protocol;

namespace NatsActors.Benchmarks;

/// <summary>
/// The messages of one round: all of one size and one subject, so that every way puts the same frames on the wire.
/// </summary>
internal sealed class Load
{
    /// <summary>The subject of every message.</summary>
    public const string Subject = "orders.new";

    internal const int DefaultMegabytes = 256;
    internal const int MostMessages = 2_000_000;

    private readonly Lazy<byte[]> _encoded;

    private Load(byte[] payload, int? messages)
    {
        Payload = payload;
        FrameBytes = (int)FrameEncoder.Measure(Subject, payload).Length;
        Messages = messages ?? Math.Min(MostMessages, DefaultMegabytes * 1_000_000 / FrameBytes);
        _encoded = new Lazy<byte[]>(Encode);
    }

    /// <summary>The payload of every message.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>How many messages a round has.</summary>
    public int Messages { get; }

    /// <summary>Wire bytes of one message.</summary>
    public int FrameBytes { get; }

    /// <summary>Wire bytes of the round.</summary>
    public long WireBytes => (long)Messages * FrameBytes;

    /// <summary>
    /// The frames of the round, or of a part of a round that is larger than a default one. One frame again and again would stay in
    /// the processor's cache, where the messages of a real publisher are not.
    /// </summary>
    public ReadOnlyMemory<byte> Encoded => _encoded.Value;

    /// <summary>A round of messages with this payload size; without a count, one that depends on the size.</summary>
    public static Load Of(int size, int? messages)
    {
        var payload = new byte[size];
        payload.AsSpan().Fill((byte)'x');
        return new Load(payload, messages);
    }

    /// <summary>A new message.</summary>
    public Publish Message(bool wantsOutcome = false) => new(Subject, Payload) { WantsOutcome = wantsOutcome };

    /// <summary>The messages of the round.</summary>
    public IEnumerable<Publish> AllMessages()
    {
        for (var i = 0; i < Messages; i++)
        {
            yield return Message();
        }
    }

    /// <summary>A new list of new messages.</summary>
    public Publish[] Batch(int count, bool wantsOutcomes = false)
    {
        var batch = new Publish[count];
        for (var i = 0; i < count; i++)
        {
            batch[i] = Message(wantsOutcomes);
        }

        return batch;
    }

    private byte[] Encode()
    {
        var frame = FrameEncoder.Measure(Subject, Payload.Span);
        var encoded = new byte[Math.Clamp(DefaultMegabytes * 1_000_000 / FrameBytes, 1, Messages) * FrameBytes];
        for (var at = 0; at < encoded.Length; at += FrameBytes)
        {
            frame.Write(encoded.AsSpan(at));
        }

        return encoded;
    }
}
