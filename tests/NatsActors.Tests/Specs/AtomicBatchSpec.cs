using System.Text.RegularExpressions;
using NatsActors.Protocol;

namespace NatsActors.Specs;

/// <summary>What the specs of atomic batches share.</summary>
public abstract class AtomicBatchSpec : ActorSpec
{
    private protected static readonly ServerInfo Server = new() { Headers = true, Version = "2.12.1", ApiLevel = AtomicBatchHeaders.ApiLevel };

    private protected static readonly TimeSpan RetryWait = TimeSpan.FromMilliseconds(100);

    private protected static readonly PublisherSettings Streams = With(
        delivery: d => d with { Confirm = ConfirmMode.JetStream }, jetStream: j => j with { RetryAttempts = 2, RetryMax = RetryWait });

    private protected Probe Sender { get; }

    protected AtomicBatchSpec()
    {
        Sender = CreateProbe();
    }

    private protected static PublishBatch Batch(params string[] payloads) =>
        new([.. payloads.Select(payload => Message(payload) with { WantsOutcome = true })]) { Atomic = true, CorrelationId = "batch" };

    private protected static string? Header(SentFrame frame, string name)
    {
        var match = Regex.Match(frame.Headers, $"^{name}: (.*)\r$", RegexOptions.Multiline);
        return match.Success ? match.Groups[1].Value : null;
    }

    private protected void Accepted(PublishBatch batch)
    {
        Tell(batch, Sender);
        var reply = Sender.ExpectMsg<BatchReply>();
        Assert.Null(reply.Refusal);
        Assert.Equal(batch.Messages.Count, reply.Accepted);
        Assert.InRange(reply.FirstSequence, 1, long.MaxValue);
    }
}
