using NatsActors.Connection;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Actors;

/// <summary>What a restarted connection actor goes on from. Touched by the connection actor alone.</summary>
internal sealed class ConnectionMemory(ConnectionSettings settings, ServerAddress? onlyServer, Random random)
{
    public ServerPool Pool { get; } = onlyServer is null
        ? new(settings, random)
        : new([onlyServer], settings.Backoff, randomize: false, random);

    /// <summary>The number of the last link; what older ones report is ignored.</summary>
    public long Epoch { get; set; }

    public ILink? Link { get; set; }

    /// <summary>The server of <see cref="Link"/>.</summary>
    public ServerAddress? Server { get; set; }

    /// <summary>What the link calls its server; null for <see cref="Server"/>.</summary>
    public string? Peer { get; set; }

    /// <summary>The server as a status and events show it.</summary>
    public string ServerText => Peer ?? Server!.ToString();

    public bool EverConnected { get; set; }

    public long Reconnects { get; set; }

    /// <summary>Attempts since the last link was lost.</summary>
    public long Attempts { get; set; }

    /// <summary>Milliseconds of the publisher's clock; null while there is a link.</summary>
    public long? OutageSince { get; set; } = 0;

    /// <summary>The outage has been told of, so that attempts that fail are not each an event.</summary>
    public bool OutageTold { get; set; }

    public bool AuthenticationTold { get; set; }

    public bool TlsTold { get; set; }

    /// <summary>The epoch of the last link whose lame duck announcement was told of.</summary>
    public long LameDuckTold { get; set; }

    public string? LastError { get; set; }

    public bool DrainPending { get; set; }

    public bool Ended { get; set; }
}
