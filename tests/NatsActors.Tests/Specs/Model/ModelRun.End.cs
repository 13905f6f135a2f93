using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Specs.Journals;

namespace NatsActors.Specs.Model;

/// <summary>How a run ends, and its account.</summary>
internal sealed partial class ModelRun
{
    private const int MaxServes = 600;

    private void End()
    {
        Say($"the end: {_plan.Ending}");
        switch (_plan.Ending)
        {
            case RunEnding.DrainToCompletion:
                var hadEnded = _book.MayRefuseAll;
                Drain(TimeSpan.FromMinutes(10));
                Look();
                Serve(() => _drained is not null);
                Check(hadEnded || _drained!.Complete, $"a healthy server, and {_drained}");
                break;
            case RunEnding.DrainToDeadline:
                Drain(TimeSpan.FromMilliseconds(200));
                Look();
                Advance(TimeSpan.FromMilliseconds(250));
                break;
            case RunEnding.DrainAtOnce:
                Drain(TimeSpan.Zero);
                break;
            case RunEnding.ServeThenDrain:
                Serve(() => Status().BufferedMessages == 0 && !_book.Unanswered.Any());
                Check(_events.HasClosed || !_owedCapacity.Any(owed => owed), "there is room, and somebody was not told of it");
                Drain(TimeSpan.Zero);
                break;
            case RunEnding.Crash:
                Crash();
                return;
        }

        Look();
        Advance(TimeSpan.FromSeconds(2));
        Look();
        Account(_drained!);
        if (_journal is not null)
        {
            // An end stops the journal's actor, whatever it was doing.
            ServeJournal();
            Advance(TimeSpan.FromMilliseconds(500));
            ServeJournal();
            Crash();
        }
    }

    /// <summary>A server with which nothing goes wrong, until the goal is reached.</summary>
    private void Serve(Func<bool> reached)
    {
        for (var i = 0; i < MaxServes; i++)
        {
            if (reached())
            {
                return;
            }

            ServeJournal();
            if (Current is { } link)
            {
                Serve(link);
            }

            Look();
            Advance(TimeSpan.FromMilliseconds(20));
            Look();
        }

        Check(false, $"with a healthy server it does not end: {Status()}");
    }

    private void ServeJournal()
    {
        while (Answer(JournalTurn.Works))
        {
            Settle();
        }
    }

    /// <summary>Leaves everything where it stands, and looks at what the next publisher makes of the journal.</summary>
    private void Crash()
    {
        Journal.IsDead = true;
        var left = _journal!.Left(Settings);
        foreach (var message in _book.Accepted.Where(message => message is
        {
            Answered: true, Publish.WantsOutcome: true, Outcome: null or Undelivered { Reason: UndeliveredReason.Kept }, IsInNoPage: false,
        }))
        {
            Check(left.Any(each => each.Page.Sequence == message.Sequence), $"the journal has lost {message}");
        }

        Check(left.All(each => _journal.Has(ModelMessage.NumberIn(each.Frame.Payload))), "the journal has messages that nobody wrote");

        Say($"    the next publisher has to send {string.Join(", ", left.Select(each => each.Page.Sequence))}");
        using var next = new ModelSuccessor(Settings, Journal);
        next.Play(left);
    }

    private void Serve(ModelLink link)
    {
        if (link.Link.Closed)
        {
            Lose(link, LinkLossKind.Local);
            return;
        }

        if (!link.IsUp)
        {
            BringUp(link, new ServerInfo { Headers = true });
            return;
        }

        ReportWritten(link, int.MaxValue);
        if (link.Given.Count == 0)
        {
            return;
        }

        ReportConfirmed(link, link.Given.Max(message => message.Sequence), null);
        if (Settings.Delivery.Confirm == ConfirmMode.JetStream)
        {
            var acks = new List<PubAck>();
            foreach (var message in link.Given.Where(message => message.Outcome is null).Distinct())
            {
                acks.Add(new PubAck(message.Sequence, "S", message.Sequence, false));
                message.Acks.Add(acks[^1]);
            }

            link.Link.Acks([.. acks]);
        }
    }

    private void Account(Drained drained)
    {
        Check(_drained is not null, "no Drained came");
        Check(!_book.Unanswered.Any(), "not every publish was answered");
        Check(_asks.Count == 0, "not every question was answered");
        _book.CheckSequences();
        var totals = Status().Totals;
        Check(totals.Buffered == 0 && totals.Accepted >= _book.AcceptedCount && totals.Accepted <= _book.AcceptedCount + _book.NotDurable, $"{_book.AcceptedCount} were accepted; the ledger says: {totals}");
        Check(Ends(totals) == Ends(drained.Totals) && _events.Totals is { } told && Ends(totals) == Ends(told),
            $"the drain says {drained.Totals}, the event {_events.Totals}, the status {totals}");
        var open = _book.Accepted.FirstOrDefault(message => message.Publish.WantsOutcome && message.Outcome is null);
        Check(open is null, $"no outcome came for {open}");
        Check(totals.Delivered >= _book.Accepted.Count(message => message.Outcome is Delivered)
            && totals.Stored >= _book.Accepted.Count(message => message.Outcome is Stored), totals.ToString());
        foreach (var reason in Enum.GetValues<UndeliveredReason>())
        {
            var counted = totals.UndeliveredByReason.GetValueOrDefault(reason);
            var known = _book.Told(reason) + _events.Undelivered(reason);
            // What ends before the journal fails to take it is told as a rejection.
            Check(counted >= known && counted <= known + (_journal is null ? 0 : _book.NotDurable),
                $"{reason}: {counted} in the ledger, {_book.Told(reason)} told to senders, {_events.Undelivered(reason)} by events");
        }

        Check(totals.UndeliveredByReason.GetValueOrDefault(UndeliveredReason.Purged) == _purged, $"{_purged} were purged: {totals}");
        Account(drained.Undelivered);
    }

    /// <summary>Refusals are counted after the end too.</summary>
    private static (long, long, long, long, long) Ends(LedgerTotals totals) =>
        (totals.Accepted, totals.Delivered, totals.Stored, totals.Undelivered, totals.Resent);

    /// <summary>What a drain had to leave is listed once, in order, with what it was and why.</summary>
    private void Account(IReadOnlyList<UndeliveredMessage> left)
    {
        var last = 0L;
        foreach (var each in left)
        {
            var message = _book.Find(each.Sequence);
            Check(each.Sequence > last && message is not null && message.Publish.Subject == each.Subject, $"left: {each}, and {message}");
            Check(each.Reason == (_journal is not null ? UndeliveredReason.Kept : message.Sends > 0 ? UndeliveredReason.Indeterminate : UndeliveredReason.Closed), $"left: {each}, and {message}");
            Check(!message.Publish.WantsOutcome || message.Outcome is Undelivered undelivered && undelivered.Reason == each.Reason,
                $"left: {each}, and {message}");
            last = each.Sequence;
        }
    }
}
