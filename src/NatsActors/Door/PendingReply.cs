using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>
/// The reply to a publish or a batch whose messages wait for the journal. A batch is accepted in sections, so its messages may reach the
/// journal before its reply is made: whichever of the two comes second tells the reply. Everything but <see cref="Tell"/> is called
/// under the lock of <see cref="GuardedBuffer"/>.
/// </summary>
/// <param name="sender">Who gets the reply.</param>
internal sealed class PendingReply(IActorRef? sender)
{
    private readonly List<SequenceRange> _messages = new(1);
    private object? _reply;
    private Action<PublishDoor, long>? _answered;
    private int _queued;
    private long _durable;
    private long _durableThrough = long.MaxValue;

    /// <summary>Messages of it wait for the journal.</summary>
    public bool IsQueued => _queued > 0;

    /// <summary>The reply was made as if the journal had taken every message, and the journal has not.</summary>
    public bool IsRejectedAfterAll => Failure is not null && _durable < Count && _reply is not BatchReply { Refusal: Rejected };

    /// <summary>Why the journal did not take the messages; null while it has not failed.</summary>
    public Rejected? Failure { get; private set; }

    /// <summary>Messages have been accepted.</summary>
    public void Add(SequenceRange messages)
    {
        _messages.Add(messages);
        _queued++;
    }

    /// <summary>Messages that were added together do not wait for the journal any more.</summary>
    /// <returns>The reply is due.</returns>
    public bool Leaves() => --_queued == 0 && _reply is not null;

    /// <summary>The reply is made.</summary>
    /// <param name="reply">The reply when the journal takes every message.</param>
    /// <param name="answered">Called when the reply has been told, with the last sequence that the journal has taken.</param>
    public void Make(object reply, Action<PublishDoor, long> answered) => (_reply, _answered) = (reply, answered);

    /// <summary>The journal has not taken what lies behind a sequence.</summary>
    public void Fail(Rejected failure, long durableThrough)
    {
        Failure = failure;
        _durableThrough = durableThrough;
        _durable = _messages.Sum(range => Math.Clamp(durableThrough - range.First + 1, 0, range.Last - range.First + 1));
    }

    /// <summary>Tells the reply.</summary>
    public void Tell(PublishDoor door)
    {
        var reply = Final();
        door.Tell(sender, reply);
        _answered!(door, _durableThrough);
        if (reply is BatchReply { Refusal: BufferFull })
        {
            door.NoteRefused(sender);
        }
    }

    private long Count => _messages.Sum(static range => range.Last - range.First + 1);

    private object Final()
    {
        if (Failure is null || _durable == Count)
        {
            return _reply!;
        }

        // An atomic batch is one message of the buffer.
        return _reply is BatchReply batch
            ? batch with { Accepted = (int)_durable, FirstSequence = _durable > 0 ? batch.FirstSequence : 0, Refusal = Failure }
            : Failure with { CorrelationId = ((PublishReply)_reply!).CorrelationId };
    }
}
