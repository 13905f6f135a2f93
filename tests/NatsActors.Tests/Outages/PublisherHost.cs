namespace NatsActors.Tests.Outages;

/// <summary>What the suites start their publishers on: a runtime, with one of the links that it has.</summary>
public interface IPublisherHost
{
    /// <summary>Starts a publisher; <paramref name="onEvent"/> misses none of its events.</summary>
    Task<IHostedPublisher> StartAsync(PublisherSettings settings, Action<NatsEvent>? onEvent = null, LineLog? lines = null);
}

/// <summary>What every host's publisher offers; disposing it ends what its host made for it.</summary>
public interface IHostedPublisher : IAsyncDisposable
{
    /// <summary>Publishes all, in order, through the host's fastest door, and again whatever a full buffer refuses.</summary>
    Task SendAsync(IReadOnlyList<Publish> messages);

    Task<PublishReply> PublishAsync(Publish message);

    Task<(PublishReply Reply, Outcome? Outcome)> PublishForOutcomeAsync(Publish message);

    Task<PublisherStatus> StatusAsync();

    Task<Flushed> FlushAsync(TimeSpan timeout);

    Task<Drained> DrainAsync(TimeSpan deadline);

    void ForceReconnect();
}
