using Akka.Actor;
using NatsActors.Buffer;
using NatsActors.Door;

namespace NatsActors.Tests.Door;

/// <summary>What a failed journal leaves for the buffer actor to do, with other threads in between.</summary>
public sealed class JournalFailureTests
{
    private static readonly Rejected Failure = new(RejectReason.NotDurable, "the journal failed");

    private readonly List<(IActorRef? Asker, object Reply)> _answers = [];

    private readonly GuardedBuffer _buffer = new(
        new PublisherSettings { Durability = new() { Journal = "journal" } }, new PublisherClock(TimeProvider.System), "id");

    private bool _wakes;

    public JournalFailureTests()
    {
        _buffer.Restored(0);
        _buffer.OpenJournal();
        _buffer.Woken();
    }

    [Fact]
    public void A_flush_is_answered_although_its_wake_up_was_seen_before_the_withdrawal_was_done()
    {
        Accept();
        Accept();
        Assert.Null(_buffer.Pass(new Flush(TimeSpan.FromHours(1)), null));
        Assert.True(Wake());
        Assert.Empty(_answers);

        var missing = _buffer.JournalFailed(Failure, isNewer: true)!.Value;
        // A producer comes between the failure and the withdrawal.
        Assert.False(Accept());
        Assert.True(_wakes);
        _buffer.Woken();
        _buffer.TakeFlushes(_answers);
        Assert.Empty(_answers);

        Withdraw(missing);
        Assert.True(Wake());
        Assert.Equal(new Flushed(true, 0), Assert.Single(_answers).Reply);
        Assert.False(Wake());
    }

    [Fact]
    public void A_flush_waits_for_the_replies_of_a_page_that_are_being_told()
    {
        Accept(ActorRefs.Nobody);
        Assert.Null(_buffer.Pass(new Flush(TimeSpan.FromHours(1)), null));
        Assert.True(Wake());
        var replies = new List<PendingReply>();
        var telling = _buffer.PageWritten(1, new Mark(0, [], 0, 0), replies);
        Assert.Single(replies);
        // The message ends before the journal's thread has told its reply.
        Sweep(new SequenceRange(1, 1));
        _buffer.TakeFlushes(_answers);
        Assert.Empty(_answers);

        _buffer.RepliesTold(telling!.Value);
        Assert.True(Wake());
        Assert.Equal(new Flushed(true, 0), Assert.Single(_answers).Reply);
    }

    private bool Accept(IActorRef? sender = null)
    {
        _buffer.Accept(new Incoming { Subject = "s", Payload = "x"u8 }, null, null, sender, out var refusal, out _wakes);
        return refusal is null;
    }

    private void Sweep(SequenceRange range)
    {
        var sweep = GuardedBuffer.StartWithdrawal([range]);
        while (_buffer.Advance(sweep))
        {
        }
    }

    private void Withdraw(SequenceRange missing)
    {
        Sweep(missing);

        while (_buffer.TakeFailed(missing, Failure, []))
        {
        }
    }

    /// <summary>What the buffer actor does when it is woken; false when nobody wakes it.</summary>
    private bool Wake()
    {
        if (!_buffer.TryWake())
        {
            return false;
        }

        _buffer.Woken();
        _buffer.TakeFlushes(_answers);
        return true;
    }
}
