using NatsActors.Protocol;

namespace NatsActors.Links;

/// <summary>
/// The loop that receives. It turns the server's operations into reports and answers, and returns why the link ends.
/// Without PubAcks its work grows with the batches and not with the messages, because one PONG confirms a batch.
/// </summary>
internal sealed class LinkReader(
    LinkRequest request, LinkTransport transport, ProtocolReader reader, FenceBook fences, LinkReports reports, LinkWatch watch,
    LinkWriter writer, TimeProvider time)
{
    private readonly PubAckReader? _acks = request.AckInbox is { } inbox ? new PubAckReader(inbox) : null;
    private readonly InfoBudget _infos = new(time);
    private List<PubAck>? _acksOfRead;
    private bool _progressed;
    private bool _overflow;
    private volatile bool _receives;

    /// <summary>True while everything that came has been taken. Tests look at it.</summary>
    public bool Receives => _receives;

    /// <summary>Runs until the link ends, and returns the reason. A broken connection throws.</summary>
    public async Task<LinkFailure> RunAsync()
    {
        while (true)
        {
            if (ReadAll() is { } failure)
            {
                return failure;
            }

            _receives = true;
            var count = await transport.ReceiveAsync(reader.Space(), default).ConfigureAwait(false);
            _receives = false;
            if (count == 0)
            {
                return new LinkFailure(LinkLossKind.Closed, "the server closed the connection");
            }

            reader.Received(count);
        }
    }

    private LinkFailure? ReadAll()
    {
        LinkFailure? failure = null;
        var owes = false;
        _progressed = false;
        while (failure is null && reader.TryRead(out var message))
        {
            owes |= message.Op == ServerOp.Ping;
            failure = Take(message);
        }

        PostAcks();
        fences.EndOfRead();
        if (_progressed)
        {
            NoteProgress();
        }

        if (owes)
        {
            writer.Wake();
        }

        reports.Flush();
        return failure ?? (_overflow ? LinkReports.Overflow : null);
    }

    private LinkFailure? Take(in ServerMessage message)
    {
        switch (message.Op)
        {
            case ServerOp.Pong:
                return TakePong();
            case ServerOp.Ping:
                writer.OwePong();
                return null;
            case ServerOp.Message:
                TakeAck(message);
                return null;
            case ServerOp.Error:
                return TakeError(message.Argument);
            case ServerOp.Info:
                return TakeInfo(message.Argument);
            case ServerOp.Violation:
                return new LinkFailure(LinkLossKind.Protocol, message.Violation!);
            default:
                return null;
        }
    }

    private LinkFailure? TakePong()
    {
        // PubAcks that came before the PONG are reported before the confirmation.
        PostAcks();
        if (!fences.Answered())
        {
            return new LinkFailure(LinkLossKind.Protocol, "the server sent a PONG that no PING asked for");
        }

        _progressed = true;
        return null;
    }

    private void TakeAck(in ServerMessage message)
    {
        if (_acks is not null && _acks.TryRead(message, out var ack))
        {
            _progressed = true;
            (_acksOfRead ??= []).Add(ack);
        }
    }

    private LinkFailure? TakeError(ReadOnlySpan<byte> text)
    {
        switch (ServerErrors.Classify(text, out var subject))
        {
            case ServerErrorKind.PublishDenied:
                return fences.Deny(subject!) ? null : FenceBook.TooManyDenied;
            case ServerErrorKind.Harmless:
                return null;
            default:
                return LinkFailure.Of(text);
        }
    }

    private LinkFailure? TakeInfo(ReadOnlySpan<byte> json)
    {
        if (!ServerInfoJson.TryParse(json, out var info))
        {
            return new LinkFailure(LinkLossKind.Protocol, $"malformed INFO: \"{ProtocolReader.Printable(json)}\"");
        }

        if (!_infos.Take(json.Length))
        {
            return InfoBudget.Exceeded;
        }

        Post(new LinkInfoChanged(request.Epoch, info));
        return null;
    }

    private void PostAcks()
    {
        if (_acksOfRead is { } acks)
        {
            _acksOfRead = null;
            Post(new LinkPubAcks(request.Epoch, acks));
        }
    }

    private void Post(LinkReport report) => _overflow |= !reports.Post(report);

    private void NoteProgress()
    {
        var open = fences.Open;
        if (open == 0 && !writer.IsBusy)
        {
            watch.Idle();
        }
        else
        {
            watch.Progress();
        }

        if (open < FenceBook.MaxOpen && open >= FenceBook.MaxOpen / 2)
        {
            // The writer may wait at the limit of open fences. A needless wake-up costs one look.
            writer.Wake();
        }
    }
}
