using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Actors;

/// <summary>
/// What is learnt of servers: that there are others, that they are about to end, that they lack headers or refuse the credentials; and,
/// from other publishers, that they are back.
/// </summary>
internal sealed partial class ConnectionActor
{
    private bool _retiring;

    private void OnInfo(LinkInfoChanged changed)
    {
        Discover(changed.Info);
        if (changed.Info.LameDuck && !_retiring && HasLink)
        {
            Retire(changed.HasAlternative);
        }
    }

    /// <summary>The server ends soon: what is in flight is confirmed first, then another server is asked, if there is one.</summary>
    private void Retire(bool hasAlternative = false)
    {
        var server = _memory.Server!;
        if (_memory.LameDuckTold != _memory.Epoch)
        {
            // A cluster repeats the announcement with every change of its members.
            _memory.LameDuckTold = _memory.Epoch;
            Raise(new LameDuck { Publisher = Name, Server = _memory.ServerText });
        }

        _memory.Pool.LameDuck(server, Now);
        if (hasAlternative || !_memory.Pool.Next(Now).Server.Equals(server))
        {
            _retiring = true;
            _buffer.Tell(new RetireLink(_memory.Epoch), Self);
        }
    }

    private void Discover(ServerInfo info)
    {
        if (!_parts.Settings.Connection.DiscoverServers)
        {
            return;
        }

        var found = _memory.Pool.Discovered(_memory.Server!, info.ConnectUrls);
        if (found.Count > 0)
        {
            Raise(new ServersDiscovered { Publisher = Name, Servers = [.. found.Select(server => server.ToString())] });
        }
    }

    /// <summary>
    /// During a wait the actor hears of the links that other publishers of the actor system get. Only then: if all publishers always
    /// listened, n publishers that come back would cause n * n messages.
    /// </summary>
    private void ListenToOthers()
    {
        Context.System.EventStream.Subscribe(Self, typeof(Connected));
        Context.System.EventStream.Subscribe(Self, typeof(Reconnected));
    }

    private void StopListening()
    {
        Context.System.EventStream.Unsubscribe(Self, typeof(Connected));
        Context.System.EventStream.Unsubscribe(Self, typeof(Reconnected));
    }

    /// <summary>A publisher has a link to the server. A wait for that server has no purpose any more.</summary>
    private void OnFoundUp(string publisher, string server)
    {
        // The buffer actor may publish this publisher's own event when the link of the event is lost already.
        if (_current == ConnectionState.Backoff && publisher != Name && ServerAddress.TryParse(server, out var address, out _)
            && _memory.Pool.FoundUp(address, Now))
        {
            Timers.Cancel(BackoffTimer);
            Dial();
        }
    }

    /// <summary>
    /// A server without headers ends the link for an <c>HPUB</c>, and would again and again. An attempt that failed with a named
    /// reason keeps the messages for a server that takes them.
    /// </summary>
    private void RefuseWithoutHeaders()
    {
        _memory.Link!.Close();
        OnLost(new LinkLost(
            _memory.Epoch, LinkLossKind.Protocol, "the server does not support headers, which messages of this publisher have"));
    }

    /// <summary>Tells of refused credentials, once an outage.</summary>
    private void TellOfRefusal(LinkLost lost, bool final)
    {
        if (!_memory.AuthenticationTold)
        {
            _memory.AuthenticationTold = true;
            Raise(new AuthenticationFailed { Publisher = Name, Server = _memory.ServerText, Detail = lost.Detail, Final = final });
        }
    }
}
