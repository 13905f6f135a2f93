using System.Globalization;
using System.Text;
using Akka.Actor;

namespace NatsActors.Specs.Model;

/// <summary>What users do.</summary>
internal sealed partial class ModelRun
{
    private static readonly string[] Subjects = ["s", "a.b", "a.c", "ü.x"];
    private static readonly string?[] Filters = ["a.*", "s", ">", null, "a..b"];

    private void Do(ModelStep step)
    {
        Say($"{Elapsed.TotalMilliseconds,6} {step.Kind}{(step.WithNext ? " +" : "")}");
        var random = new Random(step.Salt);
        switch (step.Kind)
        {
            case StepKind.Publish:
                for (var count = random.Next(8) == 0 ? random.Next(2, 12) : 1; count > 0; count--)
                {
                    Send(random);
                }

                break;
            case StepKind.PublishBatch:
                SendBatch(random);
                break;
            case StepKind.Flush:
                AskFor(new Flush(TimeSpan.FromMilliseconds(random.Next(1, 500))), flush => flush.Timeout);
                break;
            case StepKind.Purge:
                var filter = Filters[random.Next(Filters.Length)];
                foreach (var message in _book.Accepted.Concat(_book.Unanswered))
                {
                    message.MayBePurged = true;
                }

                AskFor(new Purge(filter), _ => TimeSpan.Zero);
                break;
            case StepKind.ForceReconnect:
                _causesToClose++;
                Publisher.Tell(ForceReconnect.Instance, ActorRefs.NoSender!);
                break;
            case StepKind.Drain:
                Drain(TimeSpan.FromMilliseconds(random.Next(3) == 0 ? 0 : random.Next(1, 1000)));
                break;
            case StepKind.Advance:
                Advance(TimeSpan.FromMilliseconds(random.Next(1, random.Next(6) == 0 ? 500 : 80)));
                break;
            default:
                Fault(step.Kind, random);
                break;
        }
    }

    private void Send(Random random)
    {
        var (message, sender) = (Invent(random), random.Next(_senders.Length));
        _book.Add(message);
        Say($"    {sender} publishes {message.Number} to {message.Publish.Subject}, {message.Publish.Payload.Length} bytes, time to live {message.Publish.TimeToLive?.TotalMilliseconds}");
        Publisher.Tell(message.Publish, _senders[sender]);
    }

    private void SendBatch(Random random)
    {
        var messages = new List<ModelMessage>();
        for (var count = random.Next(7); count > 0; count--)
        {
            var message = Invent(random);
            _book.Add(message);
            messages.Add(message);
        }

        var id = $"b{_book.NextNumber}.{_trace.Count}";
        var sender = random.Next(_senders.Length);
        _book.AddBatch(id, messages);
        Say($"    {sender} publishes the batch {id} of {string.Join(", ", messages.Select(message => message.Number))}");
        Publisher.Tell(
            new PublishBatch([.. messages.Select(message => message.Publish)]) { CorrelationId = id }, _senders[sender]);
    }

    private ModelMessage Invent(Random random)
    {
        var number = _book.NextNumber;
        var size = random.Next(20) switch { 0 => 7000, <= 3 => random.Next(500, 2000), _ => random.Next(60) };
        var message = new Publish(Subjects[random.Next(Subjects.Length)], Encoding.UTF8.GetBytes(ModelMessage.PayloadOf(number, size)))
        {
            CorrelationId = $"m{number.ToString(CultureInfo.InvariantCulture)}",
            WantsOutcome = random.Next(4) != 0,
            TimeToLive = random.Next(4) == 0 ? TimeSpan.FromMilliseconds(random.Next(1, 300)) : null,
            Id = random.Next(4) == 0 ? $"id-{number}" : null,
            Headers = random.Next(4) == 0 ? [new("Kind", "of model")] : null,
        };
        RejectReason? flaw = null;
        switch (random.Next(60))
        {
            case 0:
                (message, flaw) = (message with { Subject = new[] { "", "a..b", "a b", "a.*", ".a" }[random.Next(5)] }, RejectReason.BadSubject);
                break;
            case 1:
                (message, flaw) = (message with { Headers = [new("Kind", "two\r\nlines")] }, RejectReason.BadHeader);
                break;
            case 2:
                (message, flaw) = (message with { TimeToLive = TimeSpan.Zero }, RejectReason.BadTimeToLive);
                break;
            case 3:
                (message, flaw) = (message with { ReplyTo = "no good" }, RejectReason.BadReplyTo);
                break;
            case 4:
                message = message with { ReplyTo = "inbox.1" };
                flaw = Settings.Delivery.Confirm == ConfirmMode.JetStream ? RejectReason.BadReplyTo : null;
                break;
            case 5:
                (message, flaw) = (message with { Headers = new ThrowingHeaders() }, RejectReason.InternalError);
                break;
        }

        return new ModelMessage(number, message, flaw, Elapsed);
    }

    private void Drain(TimeSpan deadline)
    {
        _causesToClose++;
        _book.MayRefuseAll = true;
        AskFor(new Drain(deadline), drain => drain.Deadline);
    }

    private void AskFor<T>(T question, Func<T, TimeSpan> patience)
        where T : notnull
    {
        var asker = CreateProbe();
        _asks.Add(new PendingAsk(question, asker, patience(question), [.. _book.Accepted.Where(message => message.Answered && message.Sequence > 0)]));
        Say($"    {question}");
        Publisher.Tell(question, asker);
    }

    private void NoteAnswers()
    {
        foreach (var ask in _asks.ToList())
        {
            var answers = ask.Asker.TakeAll();
            if (answers.Count == 0)
            {
                continue;
            }

            Check(answers.Count == 1, $"{answers.Count} answers to {ask.Question}");
            Say($"    -> {answers[0]}");
            _asks.Remove(ask);
            switch (answers[0])
            {
                case Flushed flushed when ask.Question is Flush:
                    var open = ask.Before.FirstOrDefault(message => message.Publish.WantsOutcome && message.Outcome is null);
                    Check(!flushed.Completed || open is null, $"flushed, and without an outcome is {open}");
                    // A flush that nothing was left for may wait for the journal's first reading, and its time be up before that.
                    Check(flushed.Completed == (flushed.Remaining == 0) || (!flushed.Completed && _journal is { WasUp: false }), flushed.ToString());
                    break;
                case Purged purged when ask.Question is Purge purge:
                    Check(purged.Error is null == purge.SubjectFilter is not "a..b", $"{purge}: {purged}");
                    _purged += purged.Count;
                    break;
                case Drained drained when ask.Question is Drain:
                    Check(_drained is null || ReferenceEquals(drained, _drained), "two drains ended differently");
                    _drained = drained;
                    break;
                default:
                    Check(false, $"{answers[0]} for {ask.Question}");
                    break;
            }
        }
    }
}
