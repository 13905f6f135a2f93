using Akka.Actor;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Specs.Journals;
using NatsActors.Testing;

namespace NatsActors.Specs.Model;

/// <summary>What servers and networks do, and what happens to the actors themselves.</summary>
internal sealed partial class ModelRun
{
    private static readonly LinkLossKind[] Losses =
    [
        LinkLossKind.Closed, LinkLossKind.Closed, LinkLossKind.Closed, LinkLossKind.ServerError, LinkLossKind.Timeout,
        LinkLossKind.Unreachable, LinkLossKind.Protocol, LinkLossKind.Tls, LinkLossKind.Authorization,
    ];

    private void Fault(StepKind kind, Random random)
    {
        if (_links.Count < Links.Count)
        {
            // Asked for since the last look, by an actor that this group of steps does not hold up.
            NoteLinks();
        }

        switch (kind)
        {
            case StepKind.LinkUp when Current is { IsUp: false } link:
                BringUp(link, InfoOf(random, random.Next(8) switch { 0 => 150, 1 => 700, _ => 1024 * 1024 }));
                break;
            case StepKind.LinkUp:
                Advance(TimeSpan.FromMilliseconds(30));
                break;
            case StepKind.Written when Current is { IsUp: true } link:
                ReportWritten(link, random.Next(2) == 0 ? 1 : int.MaxValue);
                break;
            case StepKind.Confirmed when Current is { IsUp: true } link && link.Link.Batches.Count > 0:
                var batches = link.Link.Batches;
                var through = batches[random.Next(3) == 0 ? random.Next(batches.Count) : batches.Count - 1].LastSequence;
                ReportConfirmed(link, through, random.Next(8) == 0 ? [Subjects[random.Next(Subjects.Length)]] : null);
                break;
            case StepKind.PubAcks when Current is { IsUp: true } link:
                ReportPubAcks(link, random);
                break;
            case StepKind.LinkLost when Current is { } link:
                Lose(link, link.Link.Closed ? LinkLossKind.Local : Losses[random.Next(Losses.Length)]);
                break;
            case StepKind.Stale:
                ReportStale(random);
                break;
            case StepKind.Info when Current is { IsUp: true } link:
                _causesToClose++;
                link.Link.Info(InfoOf(random, 1024 * 1024));
                break;
            case StepKind.BufferCrash:
                _causesToClose++;
                _buffer.Tell(Kill.Instance, ActorRefs.NoSender!);
                break;
            case StepKind.ConnectionCrash:
                _causesToClose++;
                _connection.Tell(Kill.Instance, ActorRefs.NoSender!);
                break;
            case StepKind.JournalWorks:
                for (var count = random.Next(3) == 0 ? 1 : int.MaxValue; count > 0 && Answer(JournalTurn.Works); count--)
                {
                }

                break;
            case StepKind.JournalFails:
                _journal!.Failures++;
                Answer(random.Next(2) == 0 ? JournalTurn.Fails : JournalTurn.WorksAndFails);
                break;
            case StepKind.JournalCrash when Child("journal") is ActorRefWithCell supervisor:
                _journal!.Kills++;
                // The supervisor that waits between two instances has no child.
                var pages = supervisor.GetSingleChild("pages");
                (random.Next(2) == 0 || pages.IsNobody() ? supervisor : pages).Tell(Kill.Instance, ActorRefs.NoSender!);
                break;
        }
    }

    private bool Answer(JournalTurn turn)
    {
        var answered = Journal.Next(turn);
        if (answered)
        {
            Say($"    the journal {turn}");
        }

        return answered;
    }

    private static ServerInfo InfoOf(Random random, long maxPayload) => new()
    {
        Headers = random.Next(12) != 0,
        MaxPayload = maxPayload,
        LameDuck = random.Next(10) == 0,
        ConnectUrls = random.Next(5) switch { 0 => ["c:4222"], 1 => ["a:4222", "b:4222"], _ => [] },
    };

    private void BringUp(ModelLink link, ServerInfo info)
    {
        Say($"    link {link.Link.Epoch} is up, max_payload {info.MaxPayload}{(info.LameDuck ? ", lame duck" : "")}{(info.Headers ? "" : ", no headers")}");
        _causesToClose += info.LameDuck ? 1 : 0;
        _book.SmallestMaxPayload = Math.Min(_book.SmallestMaxPayload, info.MaxPayload);
        _maxPayload = Math.Min(_maxPayload, info.MaxPayload);
        if (!info.Headers)
        {
            _book.HasServerWithoutHeaders = true;
            link.MustBeRefused = Settings.Delivery.Confirm == ConfirmMode.JetStream || _book.Accepted.Any(ModelBook.HasHeaders);
            _causesToClose++;
        }

        link.IsUp = true;
        link.Link.Up(info);
    }

    private void ReportWritten(ModelLink link, int count)
    {
        var batches = link.Link.Batches;
        for (; link.Written < batches.Count && count > 0; count--)
        {
            var batch = batches[link.Written++];
            Say($"    link {link.Link.Epoch} has written through {batch.LastSequence}");
            if (Settings.Delivery.Confirm == ConfirmMode.None)
            {
                MayBeDelivered(link, batch.LastSequence, null);
            }

            link.Link.Written();
        }
    }

    private void ReportConfirmed(ModelLink link, long through, string[]? denied)
    {
        Say($"    link {link.Link.Epoch} has confirmed through {through}{(denied is null ? "" : ", denied " + denied[0])}");
        MayBeDelivered(link, through, denied);
        link.Link.Confirm(through, denied ?? []);
    }

    private void MayBeDelivered(ModelLink link, long through, string[]? denied)
    {
        NoteLinks();
        foreach (var message in link.Given.Where(message => message.Sequence <= through))
        {
            if (denied is not null && (denied.Contains(message.Publish.Subject) || denied.Contains(message.Publish.ReplyTo)))
            {
                message.MayBeDenied = true;
            }
            else if (Settings.Delivery.Confirm != ConfirmMode.JetStream)
            {
                message.MayBeDelivered |= Settings.Delivery.Confirm == ConfirmMode.Fence || denied is null;
            }
            else
            {
                continue;
            }

            if (link.TakesReports && !link.Link.Closed && Settings.Delivery.Confirm == ConfirmMode.Fence)
            {
                _mustEnd.Add(message);
            }
        }
    }

    private void ReportPubAcks(ModelLink link, Random random)
    {
        var sent = _book.Accepted.Where(message => message.Sends > 0).TakeLast(12).ToList();
        var acks = new List<PubAck>();
        for (var count = random.Next(1, 6); count > 0 && sent.Count > 0; count--)
        {
            var message = sent[random.Next(sent.Count)];
            acks.Add(Answer(message, random, Settings.JetStream.StrictOrder));
            if (random.Next(8) == 0)
            {
                acks.Add(acks[^1]);
            }
        }

        if (random.Next(10) == 0)
        {
            acks.Add(new PubAck(_book.AcceptedCount + 1000, "S", 1, false));
        }

        Say($"    link {link.Link.Epoch}: {string.Join(", ", acks)}");
        NoteRefusal(link, acks);
        link.Link.Acks([.. acks]);
    }

    private void NoteRefusal(ModelLink link, List<PubAck> acks)
    {
        var refused = acks.Where(ack => ack.Stream is null && (ack.ErrorCode is 0 or 10008 || IsTooSoon(ack)))
            .Select(ack => _book.Find(ack.Sequence)).Where(message => message is { Outcome: null, Publish.WantsOutcome: true })
            .MinBy(message => message!.Sequence);
        if (Settings.Delivery.Resend && refused is not null && link.Refused is null && link.Alive && !link.Link.Closed)
        {
            (link.Refused, link.SentSinceRefusal) = (refused, 0);
        }
    }

    /// <summary>With strict order the stream misses the message before it; without, the condition is the sender's own.</summary>
    private bool IsTooSoon(PubAck ack) => Settings.JetStream.StrictOrder && ack.ErrorCode == 10070;

    private static PubAck Answer(ModelMessage message, Random random, bool strictOrder)
    {
        var sequence = message.Sequence;
        var ack = random.Next(20) switch
        {
            <= 2 => new PubAck(sequence, null, 0, false, 503),
            3 => new PubAck(sequence, null, 0, false, 503, 10008, "JetStream system temporarily unavailable"),
            4 => new PubAck(sequence, null, 0, false, 400, 10077, "maximum messages exceeded"),
            5 => new PubAck(sequence, null, 0, false, 400, 10070, "wrong last msg ID"),
            _ => new PubAck(sequence, "S", sequence + 7, random.Next(4) == 0),
        };
        message.Acks.Add(ack);
        message.RefusedByStream |= ack.Stream is null && !(strictOrder && ack.ErrorCode == 10070);
        return ack;
    }

    private void Lose(ModelLink link, LinkLossKind kind)
    {
        Say($"    link {link.Link.Epoch} is lost: {kind}");
        NoteLinks();
        link.EndedByServer = kind is LinkLossKind.Closed or LinkLossKind.ServerError;
        foreach (var message in link.Given.Distinct().Where(message => message.Outcome is null))
        {
            message.DeadlyLosses += link.EndedByServer ? 1 : 0;
        }

        link.ReportedLost = true;
        link.Link.Lose(kind);
    }

    /// <summary>A link of before that reports after its end, as a late callback would.</summary>
    private void ReportStale(Random random)
    {
        var gone = _links.Where(link => link.Gone).ToList();
        if (gone.Count == 0)
        {
            return;
        }

        var link = gone[random.Next(gone.Count)].Link;
        LinkReport report = random.Next(6) switch
        {
            0 => new LinkUp(link.Epoch, InfoOf(random, 100)),
            1 => new LinkWritten(link.Epoch, _book.AcceptedCount),
            2 => new LinkConfirmed(link.Epoch, _book.AcceptedCount, random.Next(2) == 0 ? Subjects : null),
            3 => new LinkPubAcks(link.Epoch, [.. _book.Accepted.Select(message => new PubAck(message.Sequence, "stale", 1, false))]),
            4 => new LinkInfoChanged(link.Epoch, InfoOf(random, 100) with { LameDuck = true }),
            _ => new LinkLost(link.Epoch, LinkLossKind.Authorization, "stale"),
        };
        Say($"    {report.GetType().Name} of the dead link {link.Epoch}");
        link.Report(report);
    }
}
