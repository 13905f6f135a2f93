using NatsActors.Outages;

namespace NatsActors.Embedded.Tests.Outages;

/// <summary>The embedded runtime by its facade; its link is wire.</summary>
internal sealed class EmbeddedHost : IPublisherHost
{
    public static readonly IPublisherHost Wire = new EmbeddedHost();

    public Task<IHostedPublisher> StartAsync(PublisherSettings settings, Action<NatsEvent>? onEvent, LineLog? lines) =>
        Task.FromResult<IHostedPublisher>(new Hosted(NatsPublisher.Start(settings, lines, onEvent: onEvent)));

    private sealed class Hosted(NatsPublisher publisher) : IHostedPublisher
    {
        public async Task SendAsync(IReadOnlyList<Publish> messages)
        {
            foreach (var message in messages)
            {
                while (!publisher.TryPublish(message.Subject, message.Payload.Span, out var refusal))
                {
                    Assert.IsType<BufferFull>(refusal);
                    await Task.Yield();
                }
            }
        }

        public Task<PublishReply> PublishAsync(Publish message) => publisher.PublishAsync(message).AsTask();

        public Task<(PublishReply Reply, Outcome? Outcome)> PublishForOutcomeAsync(Publish message) =>
            publisher.PublishForOutcomeAsync(message);

        public Task<PublisherStatus> StatusAsync() => Task.FromResult(publisher.Status);

        public Task<Flushed> FlushAsync(TimeSpan timeout) => publisher.FlushAsync(timeout);

        public Task<Drained> DrainAsync(TimeSpan deadline) => publisher.DrainAsync(deadline);

        public void ForceReconnect() => publisher.ForceReconnect();

        public ValueTask DisposeAsync() => publisher.DisposeAsync();

        public override string ToString() => publisher.ToString()!;
    }
}
