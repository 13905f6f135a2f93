using Akka.Actor;

namespace NatsActors.Cluster.Sharding;

/// <summary>The answers of a key whose publisher does not run: each command gets a reply of the kind that it waits for.</summary>
internal static class KeyRefusal
{
    public static object Of(IContractMessage command, string detail)
    {
        var rejected = new Rejected(RejectReason.Closed, detail);
        return command switch
        {
            Publish publish => rejected with { CorrelationId = publish.CorrelationId },
            PublishBatch batch => new BatchReply(0, 0, rejected) { CorrelationId = batch.CorrelationId },
            UnsentMessage unsent => unsent.ToReply(),
            Flush => new Flushed(false, 0),
            GetStatus => new PublisherStatus
            {
                State = ConnectionState.Closed, BufferedMessages = 0, BufferedBytes = 0, MaxMessages = 0, MaxBytes = 0, InFlightMessages = 0,
                InFlightBytes = 0, Totals = new LedgerTotals(), LastError = detail,
            },
            _ => rejected,
        };
    }
}
