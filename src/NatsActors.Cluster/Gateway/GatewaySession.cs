using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Cluster.Gateway;

/// <summary>
/// One session at a gateway: gives the link to the server what arrives, and sends on what that link reports. Nothing is kept beyond the
/// batches that the link may have unwritten. Belongs to one actor.
/// </summary>
/// <param name="server">The server, for texts.</param>
/// <param name="maxBatch">The most bytes of a batch, unless the server takes larger messages.</param>
/// <param name="maxMessageBytes">The most bytes of a message to the link.</param>
/// <param name="send">Sends a message to the link.</param>
internal sealed class GatewaySession(ServerAddress server, int maxBatch, int maxMessageBytes, Action<ToLink> send)
{
    /// <summary>
    /// Bytes after which the session tells what it has taken, when nothing else does: a quarter of the default window, half of the least.
    /// </summary>
    internal const int TellAfter = 256 * 1024;

    /// <summary>What a message has beside its payload and headers: a control line at its longest, and line ends.</summary>
    private const int LargestControl = 64 * 1024;

    private const int LongestText = 1000;
    private const int LongestName = 200;

    private readonly BatchAssembly _assembly = new();
    private long _taken;
    private long _sent;
    private int _untold;

    /// <summary>The link to the server. Set before anything is received.</summary>
    public ILink Link { get; set; } = null!;

    /// <summary>The link to the server is up.</summary>
    public bool IsUp { get; private set; }

    /// <summary>The last message is sent, and the link to the server is being closed or is lost.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes a message of the link in.</summary>
    public void On(IToSession message)
    {
        if (HasEnded || message.Number <= _taken)
        {
            return;
        }

        if (message.Number != _taken + 1)
        {
            End(LinkLossKind.Unreachable, $"message {message.Number} came after {_taken}: what was between them is lost");
            return;
        }

        _taken = message.Number;
        switch (message)
        {
            case Chunk chunk:
                OnChunk(chunk);
                break;
            case Ping:
                Send(new Taken(0, 0));
                break;
            case Close:
                HasEnded = true;
                Link.Close();
                break;
        }
    }

    /// <summary>Sends a report of the link to the server on.</summary>
    public void On(LinkReport report)
    {
        if (HasEnded)
        {
            return;
        }

        switch (report)
        {
            case LinkUp up:
                IsUp = true;
                _assembly.MaxBytes = Math.Max(maxBatch, Math.Min(up.Info.MaxPayload, int.MaxValue / 2) + LargestControl);
                Send(new SessionUp(0, 0, server.ToString(), Short(up.Info)));
                break;
            case LinkWritten written:
                _assembly.Written();
                Send(new Written(0, 0, written.ThroughSequence));
                break;
            case LinkConfirmed confirmed:
                foreach (var subjects in Split(confirmed.DeniedSubjects ?? [], static subject => subject.Length * 3))
                {
                    Send(new Denied(0, 0, subjects));
                }

                Send(new Confirmed(0, 0, confirmed.ThroughSequence, confirmed.RoundTrip));
                break;
            case LinkPubAcks acks:
                foreach (var part in Split([.. acks.Acks.Select(Short)], static ack => 3 * ((ack.Stream?.Length ?? 0) + (ack.Error?.Length ?? 0) + (ack.RefusedBy?.Length ?? 0))))
                {
                    Send(new PubAcks(0, 0, part));
                }

                break;
            case LinkLost lost:
                End(lost.Kind, lost.Detail);
                break;
        }
    }

    /// <summary>The server has sent another INFO.</summary>
    public void OnInfo(ServerInfo info, bool hasAlternative)
    {
        if (!HasEnded)
        {
            Send(new InfoChanged(0, 0, Short(info), hasAlternative));
        }
    }

    /// <summary>The gateway's node leaves.</summary>
    public void Leave()
    {
        if (!HasEnded)
        {
            Send(new GatewayLeaving(0, 0));
        }
    }

    /// <summary>Ends the session and closes the link to the server.</summary>
    public void End(LinkLossKind kind, string detail)
    {
        if (!HasEnded)
        {
            Send(new SessionLost(0, 0, kind, Short(detail, LongestText)!));
            HasEnded = true;
            Link.Close();
        }
    }

    private void OnChunk(Chunk chunk)
    {
        if (_assembly.Add(chunk, out var batch, out var fault))
        {
            Link.Write(batch);
        }

        _untold += chunk.Data.Length;
        if (fault is not null)
        {
            End(LinkLossKind.Protocol, fault);
        }
        else if (_untold >= TellAfter)
        {
            Send(new Taken(0, 0));
        }
    }

    private void Send(ToLink message)
    {
        _untold = 0;
        _sent++;
        send(message is Taken ? new Taken(_sent, _taken) : message with { Number = _sent, Taken = _taken });
    }

    /// <summary>Parts that each fit into one message; an element that fits into none is cut off by its own limits before.</summary>
    private IEnumerable<IReadOnlyList<T>> Split<T>(IReadOnlyList<T> all, Func<T, int> textBytes)
    {
        const int FixedBytes = 64;
        var part = new List<T>();
        var bytes = FixedBytes;
        foreach (var each in all)
        {
            var size = FixedBytes + textBytes(each);
            if (part.Count > 0 && bytes + size > maxMessageBytes)
            {
                yield return part;
                part = [];
                bytes = FixedBytes;
            }

            part.Add(each);
            bytes += size;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    /// <summary>The part of INFO that a publisher uses, with the gateway's own limit. Its servers are the gateway's matter.</summary>
    private ServerInfo Short(ServerInfo info) => info with
    {
        ServerId = Short(info.ServerId, LongestName)!, Version = Short(info.Version, LongestName)!, Nonce = null, ConnectUrls = [],
        MaxBatch = _assembly.MaxBytes,
    };

    private static PubAck Short(PubAck ack) => ack with
    {
        Stream = Short(ack.Stream, LongestText), Error = Short(ack.Error, LongestText), RefusedBy = Short(ack.RefusedBy, LongestText),
    };

    private static string? Short(string? text, int longest) => text?.Length > longest ? text[..longest] : text;
}
