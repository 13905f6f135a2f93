using System.Text;

namespace NatsActors.Connection;

/// <summary>The inputs that move a connection from state to state.</summary>
internal enum ConnectionInput
{
    /// <summary>The link that was being made is up.</summary>
    Opened,

    /// <summary>The link could not be made.</summary>
    OpenFailed,

    /// <summary>A link that was up has ended by itself.</summary>
    LinkLost,

    /// <summary>The wait before the next attempt is over, or the next server needs no wait.</summary>
    BackoffElapsed,

    /// <summary>Every server of the pool has a wait of its own.</summary>
    MustWait,

    /// <summary>A user asks for a new link.</summary>
    ForceReconnect,

    /// <summary>The server is about to end, and everything in flight is confirmed.</summary>
    LameDuck,

    /// <summary>The publisher drains.</summary>
    Drain,

    /// <summary>The last of <c>backoff.max-attempts</c> has failed.</summary>
    AttemptsExhausted,

    /// <summary>The credentials were refused, and <c>authorization-error = stop</c>.</summary>
    AuthorizationFinal,

    /// <summary>The publisher ends, drained or not.</summary>
    Close,
}

/// <summary>
/// The connection's state machine, as one pure function; <see cref="Print"/> and <see cref="PrintDiagram"/> write it into the docs. A drain during an outage
/// does not change the state (the actor keeps it as pending): attempts go on, and the next link takes the pending drain from
/// Connected to Draining.
/// </summary>
internal static class ConnectionTable
{
    /// <summary>The next state; null when the state does not take the input.</summary>
    public static ConnectionState? Next(ConnectionState state, ConnectionInput input) => (state, input) switch
    {
        (_, ConnectionInput.Close) => ConnectionState.Closed,
        (ConnectionState.Closed, _) => null,
        (_, ConnectionInput.AuthorizationFinal) => ConnectionState.Closed,

        // Also from Connecting: the attempt that is under way makes the new link.
        (_, ConnectionInput.ForceReconnect) => ConnectionState.Connecting,

        (ConnectionState.Connected or ConnectionState.Draining, ConnectionInput.Drain) => ConnectionState.Draining,
        (_, ConnectionInput.Drain) => state,

        (ConnectionState.Connecting, ConnectionInput.Opened) => ConnectionState.Connected,
        (ConnectionState.Connecting, ConnectionInput.OpenFailed) => ConnectionState.Backoff,
        (ConnectionState.Connecting or ConnectionState.Backoff, ConnectionInput.AttemptsExhausted) => ConnectionState.Closed,
        (ConnectionState.Connecting or ConnectionState.Backoff, ConnectionInput.BackoffElapsed) => ConnectionState.Connecting,
        (ConnectionState.Connecting or ConnectionState.Backoff, ConnectionInput.MustWait) => ConnectionState.Backoff,

        (ConnectionState.Connected or ConnectionState.Draining, ConnectionInput.LinkLost) => ConnectionState.Backoff,
        (ConnectionState.Connected or ConnectionState.Draining, ConnectionInput.LameDuck) => ConnectionState.Connecting,
        _ => null,
    };

    /// <summary>The table as Markdown: a row for each input, a column for each state.</summary>
    public static string Print()
    {
        var states = Enum.GetValues<ConnectionState>();
        var text = new StringBuilder("| input | ").AppendJoin(" | ", states).Append(" |\n|---");
        foreach (var _ in states)
        {
            text.Append("|---");
        }

        text.Append("|\n");
        foreach (var input in Enum.GetValues<ConnectionInput>())
        {
            text.Append("| ").Append(input).Append(" | ")
                .AppendJoin(" | ", states.Select(state => Next(state, input)?.ToString() ?? "-"))
                .Append(" |\n");
        }

        return text.ToString();
    }

    /// <summary>The table as a Mermaid state diagram: an arrow for each change of state, with its inputs.</summary>
    public static string PrintDiagram()
    {
        var states = Enum.GetValues<ConnectionState>();
        var text = new StringBuilder("stateDiagram-v2\n    [*] --> ").Append(ConnectionState.Connecting).Append('\n');
        foreach (var from in states)
        {
            foreach (var to in states.Where(to => to != from))
            {
                var inputs = Enum.GetValues<ConnectionInput>().Where(input => Next(from, input) == to).ToList();
                if (inputs.Count > 0)
                {
                    text.Append("    ").Append(from).Append(" --> ").Append(to).Append(": ").AppendJoin(", ", inputs).Append('\n');
                }
            }
        }

        return text.Append("    ").Append(ConnectionState.Closed).Append(" --> [*]\n").ToString();
    }
}
