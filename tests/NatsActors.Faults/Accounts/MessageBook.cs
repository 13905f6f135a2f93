namespace NatsActors.Faults;

/// <summary>What became of one message, as far as its publisher said.</summary>
public enum MessageState : byte
{
    /// <summary>Offered; no answer yet.</summary>
    Offered,
    Refused,
    Accepted,
    Delivered,
    Stored,
    Undelivered,
}

/// <summary>
/// The ledger of one publisher, kept outside of it: number -> answer and outcome. Numbers start at 1 and have no gap. Keeps
/// count of every answer or outcome that came twice or where none was due.
/// </summary>
public sealed class MessageBook
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _details = [];
    private MessageState[] _states = new MessageState[1024];
    private long[] _places = new long[1024];
    private long _last;

    /// <summary>The highest number that was offered.</summary>
    public long Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>Answers and outcomes that came where none was due.</summary>
    public long Surprises { get; private set; }

    /// <summary>An example of a detail for each reason for which messages ended undelivered.</summary>
    public IReadOnlyDictionary<string, string> Details => _details;

    /// <summary>The number of the next message.</summary>
    public long Offer()
    {
        lock (_lock)
        {
            if (++_last == _states.Length)
            {
                Array.Resize(ref _states, _states.Length * 2);
                Array.Resize(ref _places, _places.Length * 2);
            }

            return _last;
        }
    }

    public void Answer(long number, bool accepted) =>
        Move(number, MessageState.Offered, accepted ? MessageState.Accepted : MessageState.Refused);

    /// <summary>An outcome; for publishers that give one for each message.</summary>
    public void End(long number, MessageState end) => Move(number, MessageState.Accepted, end);

    /// <summary>A PubAck: where the stream says that the message is.</summary>
    public void EndStored(long number, long streamSequence, bool duplicate)
    {
        lock (_lock)
        {
            _places[number] = duplicate ? -streamSequence : streamSequence;
        }

        Move(number, MessageState.Accepted, MessageState.Stored);
    }

    /// <summary>A message in words, with what its PubAck said.</summary>
    public string Place(long number)
    {
        lock (_lock)
        {
            var place = _places[number];
            return place == 0 ? $"{number}" : $"{number} (at {Math.Abs(place)} of the stream{(place < 0 ? ", as a duplicate" : "")})";
        }
    }

    /// <summary>An undelivered message with its reason.</summary>
    public void EndUndelivered(long number, string reason, string? detail)
    {
        lock (_lock)
        {
            _details.TryAdd(reason, detail ?? "");
        }

        Move(number, MessageState.Accepted, MessageState.Undelivered);
    }

    public MessageState this[long number]
    {
        get
        {
            lock (_lock)
            {
                return _states[number];
            }
        }
    }

    public long Count(MessageState state)
    {
        lock (_lock)
        {
            return _states.AsSpan(1, (int)_last).Count(state);
        }
    }

    private void Move(long number, MessageState from, MessageState to)
    {
        lock (_lock)
        {
            Surprises += _states[number] == from ? 0 : 1;
            _states[number] = to;
        }
    }
}
