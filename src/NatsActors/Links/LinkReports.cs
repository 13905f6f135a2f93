namespace NatsActors.Links;

/// <summary>
/// Hands reports to their receiver: one call at a time, in the order of <see cref="Post"/>, and none after <see cref="LinkLost"/>. The
/// first thread that flushes hands the reports out, outside every lock, so that a receiver may call the link. The receiver must
/// not throw. <see cref="MaxWaiting"/> bounds the waiting reports.
/// </summary>
internal sealed class LinkReports(Action<LinkReport> receiver)
{
    /// <summary>
    /// The largest number of reports and PubAcks that may wait for a slow receiver. The publisher's own windows are far smaller, so only
    /// a server that sends unrequested operations reaches the limit.
    /// </summary>
    public const int MaxWaiting = 65_536;

    /// <summary>The failure of a link when too many reports wait.</summary>
    public static LinkFailure Overflow =>
        new(LinkLossKind.ServerError, $"the server sent more than {MaxWaiting} reports that nobody took yet");

    private readonly Lock _gate = new();
    private readonly Queue<LinkReport> _waiting = new();
    private int _weight;
    private bool _handing;
    private bool _last;

    /// <summary>
    /// Queues a report without calling the receiver. False when too many reports wait for another PubAck or INFO. Reports on the
    /// publisher's own batches are always taken, because the batches are bounded.
    /// </summary>
    public bool Post(LinkReport report)
    {
        lock (_gate)
        {
            if (_last)
            {
                return true;
            }

            if (_weight > MaxWaiting && (report is LinkPubAcks or LinkInfoChanged))
            {
                return false;
            }

            _last = report is LinkLost;
            _weight += Weight(report);
            _waiting.Enqueue(report);
            return true;
        }
    }

    /// <summary>Hands the waiting reports out, unless another thread does so already.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_handing)
            {
                return;
            }

            _handing = true;
        }

        while (TryTake(out var report))
        {
            receiver(report);
        }
    }

    private bool TryTake(out LinkReport report)
    {
        lock (_gate)
        {
            _handing = _waiting.TryDequeue(out report!);
            if (_handing)
            {
                _weight -= Weight(report);
            }

            return _handing;
        }
    }

    private static int Weight(LinkReport report) => 1 + report switch
    {
        LinkPubAcks acks => acks.Acks.Count,
        LinkConfirmed confirmed => confirmed.DeniedSubjects?.Count ?? 0,
        LinkInfoChanged info => info.Info.ConnectUrls.Count,
        _ => 0,
    };
}
