namespace NatsActors.Specs.Model;

/// <summary>Events come once an episode, and the episodes in turn.</summary>
internal sealed class ModelEvents
{
    private readonly Dictionary<UndeliveredReason, long> _undelivered = [];
    private NatsEvent? _connection;
    private bool _everConnected;
    private bool _overflow;
    private bool _draining;
    private bool _authenticationFailed;

    public bool HasClosed { get; private set; }

    public LedgerTotals? Totals { get; private set; }

    /// <summary>A subscriber believes that there is a link.</summary>
    public bool IsConnected => _connection is Connected or Reconnected;

    public long Undelivered(UndeliveredReason reason) => _undelivered.GetValueOrDefault(reason);

    public void On(NatsEvent occurrence)
    {
        ModelBook.Check(!HasClosed, $"{occurrence} after Closed");
        switch (occurrence)
        {
            case Connected:
                ModelBook.Check(!_everConnected, "Connected twice");
                Connect(occurrence);
                break;
            case Reconnected:
                ModelBook.Check(_everConnected, "Reconnected before Connected");
                Connect(occurrence);
                break;
            case Disconnected:
                ModelBook.Check(_connection is not Disconnected, "Disconnected twice");
                _connection = occurrence;
                break;
            case AuthenticationFailed:
                ModelBook.Check(!_authenticationFailed, "AuthenticationFailed twice in an outage");
                _authenticationFailed = true;
                break;
            case OverflowStarted:
                ModelBook.Check(!_overflow, "OverflowStarted twice");
                _overflow = true;
                break;
            case OverflowEnded:
                ModelBook.Check(_overflow, "OverflowEnded twice");
                _overflow = false;
                break;
            case MessagesUndelivered undelivered:
                _undelivered[undelivered.Reason] = Undelivered(undelivered.Reason) + undelivered.Count;
                break;
            case Draining:
                ModelBook.Check(!_draining, "Draining twice");
                _draining = true;
                break;
            case Closed closed:
                HasClosed = true;
                Totals = closed.Totals;
                break;
        }
    }

    private void Connect(NatsEvent occurrence)
    {
        ModelBook.Check(!IsConnected, $"{_connection?.GetType().Name} and {occurrence.GetType().Name} without Disconnected in between");
        _connection = occurrence;
        _everConnected = true;
        _authenticationFailed = false;
    }
}
