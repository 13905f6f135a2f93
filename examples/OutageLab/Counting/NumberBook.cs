namespace OutageLab.Counting;

/// <summary>The counts of one sender's numbered messages.</summary>
/// <param name="Reported">Messages that the sender reported as arrived.</param>
/// <param name="Arrived">Different messages that the reader has seen.</param>
/// <param name="Lost">Messages that were reported as arrived, and did not arrive.</param>
/// <param name="Duplicated">Arrivals of a message that had arrived before.</param>
/// <param name="OutOfOrder">First arrivals behind a message with a higher number.</param>
internal sealed record Counts(long Reported, long Arrived, long Lost, long Duplicated, long OutOfOrder);

/// <summary>
/// Compares what a sender reports with what the reader sees, number by number. A number counts as lost when it was reported as
/// arrived, the reader has not seen it, and the reader has seen a higher number at least two seconds ago. While an outage lasts a
/// buffered message is not reported, so it is not lost. A late arrival takes the loss back and counts as out of order.
/// </summary>
/// <remarks>Memory is one byte for each of the last million numbers. All members may be called from any thread.</remarks>
internal sealed class NumberBook
{
    /// <summary>How often <see cref="Judge"/> is to be called.</summary>
    public static readonly TimeSpan JudgeInterval = TimeSpan.FromMilliseconds(250);

    private const int Window = 1 << 20;
    private const int JudgesOfGrace = 8;
    private const byte ReportedAsArrived = 1;
    private const byte ReportedAsFailed = 2;
    private const byte Seen = 4;

    private readonly Lock _lock = new();
    private readonly byte[] _states = new byte[Window];
    private readonly Queue<long> _candidates = new();
    private long _top;
    private long _highestSeen;
    private long _firstOpen = 1;
    private long _judged;
    private long _reported;
    private long _arrived;
    private long _lost;
    private long _duplicated;
    private long _outOfOrder;

    public Counts Counts
    {
        get
        {
            lock (_lock)
            {
                return new Counts(_reported, _arrived, _lost, _duplicated, _outOfOrder);
            }
        }
    }

    /// <summary>The sender says how the message ended, as far as the sender knows.</summary>
    public void Report(long number, bool arrived)
    {
        lock (_lock)
        {
            if (!Remember(number))
            {
                return;
            }

            StateOf(number) |= arrived ? ReportedAsArrived : ReportedAsFailed;
            _reported += arrived ? 1 : 0;
        }
    }

    /// <summary>The reader has seen the message.</summary>
    public void Arrive(long number)
    {
        lock (_lock)
        {
            if (!Remember(number) || (StateOf(number) & Seen) != 0)
            {
                _duplicated++;
                return;
            }

            StateOf(number) |= Seen;
            _arrived++;
            _outOfOrder += number < _highestSeen ? 1 : 0;
            _highestSeen = Math.Max(_highestSeen, number);
            if (number <= _judged && (StateOf(number) & ReportedAsArrived) != 0)
            {
                _lost--;
            }
        }
    }

    /// <summary>Moves the line up to which numbers are judged; to be called at <see cref="JudgeInterval"/>.</summary>
    public void Judge()
    {
        lock (_lock)
        {
            while (_firstOpen <= _top && (StateOf(_firstOpen) & (ReportedAsArrived | ReportedAsFailed)) != 0)
            {
                _firstOpen++;
            }

            _candidates.Enqueue(Math.Min(_highestSeen, _firstOpen - 1));
            if (_candidates.Count > JudgesOfGrace)
            {
                JudgeTo(_candidates.Dequeue());
            }
        }
    }

    /// <summary>Makes room for the number; false when the number has left the window.</summary>
    private bool Remember(long number)
    {
        while (_top < number)
        {
            var leaving = _top + 1 - Window;
            JudgeTo(leaving);
            _firstOpen = Math.Max(_firstOpen, leaving + 1);
            _top++;
            StateOf(_top) = 0;
        }

        return number > _top - Window;
    }

    private void JudgeTo(long number)
    {
        while (_judged < number)
        {
            _judged++;
            _lost += (StateOf(_judged) & (ReportedAsArrived | Seen)) == ReportedAsArrived ? 1 : 0;
        }
    }

    private ref byte StateOf(long number) => ref _states[number % Window];
}
