namespace NatsActors;

/// <summary>
/// What <see cref="NatsPublisher"/> does, for services whose tests put a stand-in of their own in its place. Every reply, outcome and
/// event of the contract can be made in a test: <c>new Ack(1)</c>, <c>new BufferFull { ... }</c>, <c>new Stored(...)</c>.
/// </summary>
/// <remarks>
/// <c>services.AddNatsPublisher(...)</c> registers the publisher under this type too. New versions of the library may add members.
/// </remarks>
public interface INatsPublisher : IAsyncDisposable
{
    /// <inheritdoc cref="NatsPublisher.EventRaised"/>
    event Action<NatsEvent>? EventRaised;

    /// <inheritdoc cref="NatsPublisher.Status"/>
    PublisherStatus Status { get; }

    /// <inheritdoc cref="NatsPublisher.PublishAsync(Publish, CancellationToken)"/>
    ValueTask<PublishReply> PublishAsync(Publish message, CancellationToken cancellation = default);

    /// <inheritdoc cref="NatsPublisher.PublishAsync(string, ReadOnlyMemory{byte}, CancellationToken)"/>
    ValueTask<PublishReply> PublishAsync(string subject, ReadOnlyMemory<byte> payload, CancellationToken cancellation = default);

    /// <inheritdoc cref="NatsPublisher.PublishAsync(IReadOnlyList{Publish}, CancellationToken)"/>
    Task<BatchReply> PublishAsync(IReadOnlyList<Publish> messages, CancellationToken cancellation = default);

    /// <inheritdoc cref="NatsPublisher.PublishForOutcomeAsync"/>
    Task<(PublishReply Reply, Outcome? Outcome)> PublishForOutcomeAsync(Publish message, CancellationToken cancellation = default);

    /// <inheritdoc cref="NatsPublisher.PublishAtomicAsync"/>
    Task<(BatchReply Reply, Outcome? Outcome)> PublishAtomicAsync(
        IReadOnlyList<Publish> messages, CancellationToken cancellation = default);

    /// <inheritdoc cref="NatsPublisher.TryPublish"/>
    bool TryPublish(string subject, ReadOnlySpan<byte> payload, out PublishReply? refusal);

    /// <inheritdoc cref="NatsPublisher.WaitForCapacityAsync"/>
    Task WaitForCapacityAsync(CancellationToken cancellation = default);

    /// <inheritdoc cref="NatsPublisher.FlushAsync"/>
    Task<Flushed> FlushAsync(TimeSpan timeout);

    /// <inheritdoc cref="NatsPublisher.DrainAsync"/>
    Task<Drained> DrainAsync(TimeSpan deadline);

    /// <inheritdoc cref="NatsPublisher.PurgeAsync"/>
    Task<Purged> PurgeAsync(string? subjectFilter = null);

    /// <inheritdoc cref="NatsPublisher.ForceReconnect"/>
    void ForceReconnect();
}
