namespace NatsActors.Wire;

/// <summary>
/// Hands reports to their receiver: one call at a time, in the order of <see cref="Post"/>, nothing after the last. The thread
/// that finds nobody handing out does it, outside every lock, so a receiver may call the link; the receiver must not throw. What waits here is bounded by
/// <see cref="MaxWaiting"/>.
/// </summary>
internal sealed class LinkReports(Action<LinkReport> receiver)
{
    /// <summary>
    /// Reports and PubAcks that may wait for a slow receiver. The publisher's own windows are far smaller; only a server that
    /// sends what nobody asked for gets here.
    /// </summary>
    public const int MaxWaiting = 65_536;

    /// <summary>What a link ends with whose report was not taken.</summary>
    public static LinkFailure Overflow =>
        new(LinkLossKind.ServerError, $"the server sent more than {MaxWaiting} reports that nobody took yet");

    private readonly Lock _gate = new();
    private readonly Queue<LinkReport> _waiting = new();
    private int _weight;
    private bool _handing;
    private bool _last;

    /// <summary>
    /// Puts a report in line without calling anyone. False when too much waits for another PubAck or INFO; what answers the
    /// publisher's own batches is always taken, since those are bounded themselves.
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

    /// <summary>Hands out what waits, unless another thread does.</summary>
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
