using System.Text;
using NatsActors.Buffer;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Specs;

/// <summary>Makes links that do nothing by themselves: the spec says what they report. Thread-safe.</summary>
internal sealed class FakeLinks : ILinkFactory
{
    private readonly Lock _lock = new();
    private readonly List<FakeLink> _opened = [];

    /// <summary>Every link that was asked for, in order.</summary>
    public IReadOnlyList<FakeLink> Opened
    {
        get
        {
            lock (_lock)
            {
                return [.. _opened];
            }
        }
    }

    public FakeLink Last => Opened[^1];

    public int Count => Opened.Count;

    /// <summary>Thrown by <see cref="Open"/> instead of making a link, once.</summary>
    public Exception? FailNextOpen { get; set; }

    public ILink Open(LinkRequest request, Action<LinkReport> report)
    {
        if (FailNextOpen is { } failure)
        {
            FailNextOpen = null;
            throw failure;
        }

        var link = new FakeLink(request, report);
        lock (_lock)
        {
            _opened.Add(link);
        }

        return link;
    }
}

/// <summary>A frame that a link was given.</summary>
internal sealed record SentFrame(long Sequence, string Subject, string? ReplyTo, string Headers, string Payload);

/// <summary>One link under the spec's control. Keeps the port's rules: nothing is reported after the loss.</summary>
internal sealed class FakeLink(LinkRequest request, Action<LinkReport> report) : ILink
{
    private readonly Lock _lock = new();
    private readonly List<FrameBatch> _batches = [];
    private readonly List<SentFrame> _frames = [];
    private int _written;
    private bool _lost;

    public LinkRequest Request { get; } = request;

    public long Epoch => Request.Epoch;

    /// <summary>The publisher has asked the link to end.</summary>
    public bool Closed { get; private set; }

    /// <summary>Answers <see cref="Close"/> with the loss at once, as a link does when nothing holds it; off leaves that to the spec.</summary>
    public bool LostOnClose { get; set; } = true;

    /// <summary>The batches that it was given, in order.</summary>
    public IReadOnlyList<FrameBatch> Batches
    {
        get
        {
            lock (_lock)
            {
                return [.. _batches];
            }
        }
    }

    /// <summary>The frames of all batches, copied when they were given, in order.</summary>
    public IReadOnlyList<SentFrame> Frames
    {
        get
        {
            lock (_lock)
            {
                return [.. _frames];
            }
        }
    }

    public IEnumerable<string> Payloads => Frames.Select(frame => frame.Payload);

    /// <summary>The last sequence that it was given; 0 for none.</summary>
    public long LastSequence => Batches.Select(batch => batch.LastSequence).LastOrDefault();

    void ILink.Write(FrameBatch batch)
    {
        lock (_lock)
        {
            _batches.Add(batch);
            _frames.AddRange(FrameParser.Parse(batch));
        }
    }

    void ILink.Close()
    {
        Closed = true;
        if (LostOnClose)
        {
            Lose(LinkLossKind.Local, "closed by the publisher");
        }
    }

    public void Up(ServerInfo? info = null) => Report(new LinkUp(Epoch, info ?? new ServerInfo { Headers = true }));

    /// <summary>The oldest batch that was not reported yet has left.</summary>
    public void Written()
    {
        long through;
        lock (_lock)
        {
            through = _batches[_written++].LastSequence;
        }

        Report(new LinkWritten(Epoch, through));
    }

    /// <summary>All batches have left.</summary>
    public void WrittenAll()
    {
        while (_written < Batches.Count)
        {
            Written();
        }
    }

    public void Confirm(long throughSequence, params string[] denied) =>
        Report(new LinkConfirmed(Epoch, throughSequence, denied.Length == 0 ? null : denied));

    /// <summary>Everything that it was given has left, and its fence was answered.</summary>
    public void ConfirmAll()
    {
        WrittenAll();
        Confirm(LastSequence);
    }

    public void Store(params long[] sequences) => Acks([.. sequences.Select(sequence => new PubAck(sequence, "S", sequence, false))]);

    public void Acks(params PubAck[] acks) => Report(new LinkPubAcks(Epoch, acks));

    public void Info(ServerInfo info) => Report(new LinkInfoChanged(Epoch, info));

    public void Lose(LinkLossKind kind = LinkLossKind.Closed, string detail = "the connection was reset")
    {
        lock (_lock)
        {
            if (_lost)
            {
                return;
            }
        }

        Report(new LinkLost(Epoch, kind, detail));
        _lost = true;
    }

    /// <summary>Reports whatever the spec makes up, even after the loss: what a late callback would do.</summary>
    public void Report(LinkReport what)
    {
        report(what);
    }
}

/// <summary>Takes batches apart, by the protocol's own rules (https://docs.nats.io/reference/reference-protocols/nats-protocol#pub).</summary>
internal static class FrameParser
{
    public static IEnumerable<SentFrame> Parse(FrameBatch batch)
    {
        var frames = new List<SentFrame>(batch.Messages);
        var rest = batch.Frames.Span;
        while (!rest.IsEmpty)
        {
            frames.Add(Next(ref rest, batch.FirstSequence + frames.Count));
        }

        return frames;
    }

    private static SentFrame Next(ref ReadOnlySpan<byte> rest, long sequence)
    {
        var end = rest.IndexOf("\r\n"u8);
        var line = Encoding.UTF8.GetString(rest[..end]).Split(' ');
        rest = rest[(end + 2)..];
        var isHpub = line[0] == "HPUB";
        var sizes = isHpub ? 2 : 1;
        var total = int.Parse(line[^1], System.Globalization.CultureInfo.InvariantCulture);
        var headers = isHpub ? int.Parse(line[^2], System.Globalization.CultureInfo.InvariantCulture) : 0;
        var frame = new SentFrame(
            sequence,
            line[1],
            line.Length > 2 + sizes ? line[2] : null,
            Encoding.UTF8.GetString(rest[..headers]),
            Encoding.UTF8.GetString(rest[headers..total]));
        rest = rest[(total + 2)..];
        return frame;
    }
}
