using System.Globalization;
using System.Text;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Specs.Model;

/// <summary>One message of a run: what was asked, what was answered, and what its outcome may be.</summary>
internal sealed class ModelMessage(int number, Publish publish, RejectReason? flaw, TimeSpan toldAt)
{
    public int Number { get; } = number;

    public Publish Publish { get; } = publish;

    /// <summary>Why it has to be rejected; null when nothing is wrong with it.</summary>
    public RejectReason? Flaw { get; } = flaw;

    public TimeSpan ToldAt { get; } = toldAt;

    /// <summary>When the actors have come to rest for the first time since: by then it has been received.</summary>
    public TimeSpan? ReceivedBy { get; set; }

    public bool Answered { get; set; }

    /// <summary>0 until it is known.</summary>
    public long Sequence { get; set; }

    public Outcome? Outcome { get; set; }

    /// <summary>How often a link was given it, and which one last.</summary>
    public int Sends { get; set; }

    public ModelLink? LastLink { get; set; }

    /// <summary>Not before it.</summary>
    public TimeSpan FirstSentAt { get; set; }

    // What the links have said of it, and so which outcomes are true.
    public bool MayBeDelivered { get; set; }

    public bool MayBeDenied { get; set; }

    public bool MayBeTooLarge { get; set; }

    public bool MayBePurged { get; set; }

    public bool RefusedByStream { get; set; }

    /// <summary>It was answered Ack, and no page of the journal has it: it must have ended before.</summary>
    public bool IsInNoPage { get; set; }

    public HashSet<PubAck> Acks { get; } = [];

    /// <summary>Links that the server ended with it on the way, or before it could be written.</summary>
    public int DeadlyLosses { get; set; }

    public static string PayloadOf(int number, int size) => $"{number}:".PadRight(size, '.');

    public static int NumberIn(string payload) =>
        int.Parse(payload.AsSpan(0, payload.IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    public string Payload => Encoding.UTF8.GetString(Publish.Payload.Span);

    public override string ToString() =>
        $"message {Number} (sequence {Sequence}, sent {Sends} times, outcome {Outcome?.ToString() ?? "none"})";
}

/// <summary>A link of a run, and what it has reported.</summary>
internal sealed class ModelLink(FakeLink link)
{
    public FakeLink Link { get; } = link;

    public bool IsUp { get; set; }

    public bool ReportedLost { get; set; }

    /// <summary>Its loss has come to where its reports go, so that whatever it reports from here on is of an older epoch.</summary>
    public bool Gone { get; set; }

    public bool EndedByServer { get; set; }

    /// <summary>Its server has no headers, and there are messages that have: it may be given nothing.</summary>
    public bool MustBeRefused { get; set; }

    public bool Alive => !ReportedLost && !(Link.Closed && Link.LostOnClose);

    public bool TakesReports => IsUp && Alive;

    public int Written { get; set; }

    public int FramesSeen { get; set; }

    /// <summary>The oldest message that a stream refused for now: nothing behind it is sent before it, or it could be stored first.</summary>
    public ModelMessage? Refused { get; set; }

    /// <summary>What the link was given first since then; 0 for nothing.</summary>
    public long SentSinceRefusal { get; set; }

    /// <summary>In the order in which it was given them.</summary>
    public List<ModelMessage> Given { get; } = [];
}

/// <summary>What a run saw that the contract does not allow.</summary>
internal sealed class ModelViolationException(string message) : Exception(message);
