namespace NatsActors.Testing;

/// <summary>How to run a nats-server.</summary>
public sealed record NatsServerOptions
{
    /// <summary>JetStream with a file store under <see cref="StoreDirectory"/>; default off.</summary>
    public bool JetStream { get; init; }

    /// <summary>Lines inside the JetStream block; used with <see cref="JetStream"/>.</summary>
    public string JetStreamConfig { get; init; } = "";

    /// <summary>Appended to the generated configuration: authorization, tls, cluster, max_payload, lame duck times.</summary>
    public string Config { get; init; } = "";

    /// <summary>The client port; null picks a free one.</summary>
    public int? Port { get; init; }

    /// <summary>Where streams are kept; null makes a temporary folder that disposal deletes. A given one is left alone.</summary>
    public string? StoreDirectory { get; init; }

    /// <summary>How long the server may take until it answers.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
