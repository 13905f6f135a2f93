using NatsActors.Buffer;
using NatsActors.Links;

namespace NatsActors.Faults;

/// <summary>
/// Sits between the actors and their links and makes an actor fail at a chosen report or call. One crash is armed at a time; the
/// first link that gets there takes it.
/// </summary>
internal sealed class LinkTap(ILinkFactory inner) : ILinkFactory
{
    private const int None = -1;
    private int _armed = None;

    /// <summary>Makes the buffer actor, or the connection actor, fail with its next message.</summary>
    public Action<bool>? Fail { get; set; }

    /// <summary>Such a moment comes with the next link only.</summary>
    public static bool NeedsAnotherLink(CrashPoint point) =>
        point is CrashPoint.BufferAfterUp or CrashPoint.BufferAfterLost or (>= CrashPoint.ConnectionBeforeUp and < CrashPoint.Both);

    /// <summary>Fails actors at once, or arms the crash.</summary>
    public void Crash(CrashPoint point)
    {
        switch (point)
        {
            case CrashPoint.BufferNow:
                Fail?.Invoke(true);
                break;
            case CrashPoint.BufferTwice:
                Fail?.Invoke(true);
                Fail?.Invoke(true);
                break;
            case CrashPoint.ConnectionNow:
                Fail?.Invoke(false);
                break;
            case CrashPoint.ConnectionTwice:
                Fail?.Invoke(false);
                Fail?.Invoke(false);
                break;
            case CrashPoint.Both:
                Fail?.Invoke(true);
                Fail?.Invoke(false);
                break;
            default:
                Volatile.Write(ref _armed, (int)point);
                break;
        }
    }

    public ILink Open(LinkRequest request, Action<LinkReport> report)
    {
        ThrowIf(CrashPoint.ConnectionInOpen);
        return new TappedLink(this, inner.Open(request, message => Pass(message, report)));
    }

    private void Pass(LinkReport message, Action<LinkReport> report)
    {
        var (before, after) = message switch
        {
            LinkWritten => (CrashPoint.BufferBeforeWritten, CrashPoint.BufferAfterWritten),
            LinkConfirmed or LinkPubAcks => (CrashPoint.BufferBeforeConfirmed, CrashPoint.BufferAfterConfirmed),
            LinkUp => (CrashPoint.ConnectionBeforeUp, CrashPoint.ConnectionAfterUp),
            LinkLost => (CrashPoint.ConnectionBeforeLost, CrashPoint.ConnectionAfterLost),
            _ => ((CrashPoint)None, (CrashPoint)None),
        };
        FailIf(before, buffer: before < CrashPoint.ConnectionNow);
        report(message);
        FailIf(after, buffer: after < CrashPoint.ConnectionNow);
        FailIf(message switch { LinkUp => CrashPoint.BufferAfterUp, LinkLost => CrashPoint.BufferAfterLost, _ => (CrashPoint)None }, buffer: true);
    }

    private void FailIf(CrashPoint point, bool buffer)
    {
        if (Takes(point))
        {
            Fail?.Invoke(buffer);
        }
    }

    private void ThrowIf(CrashPoint point)
    {
        if (Takes(point))
        {
            throw new InvalidOperationException($"Crash ordered: {point}");
        }
    }

    private bool Takes(CrashPoint point) =>
        (int)point != None && Interlocked.CompareExchange(ref _armed, None, (int)point) == (int)point;

    private sealed class TappedLink(LinkTap tap, ILink link) : ILink
    {
        public long Epoch => link.Epoch;

        public void Write(FrameBatch batch)
        {
            tap.ThrowIf(CrashPoint.BufferInWrite);
            link.Write(batch);
        }

        public void Close()
        {
            link.Close();
            tap.ThrowIf(CrashPoint.ConnectionInClose);
        }
    }
}
