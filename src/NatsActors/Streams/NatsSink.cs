using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using NatsActors.Streams;

namespace NatsActors;

/// <summary>Sinks of Akka.Streams that publish.</summary>
/// <remarks>
/// <para>
/// The sink tells the elements to the publisher in batches, in the order of the stream, each once. While a batch is under way it collects
/// the next. On <see cref="BufferFull"/>, and while the publisher's journal is down, it keeps what was not accepted and pulls no more until
/// <see cref="CapacityAvailable"/>, or until <see cref="PublishStreamSettings.RetryAfter"/>.
/// </para>
/// <para>
/// The task completes when the stream has completed and every element has its outcome. The sink neither flushes nor drains the publisher,
/// which others may share. When the stream fails, is cancelled or is stopped, the elements that the publisher has accepted are still sent;
/// those that the sink has collected are not. A sink may be materialised any number of times; each has an order of its own.
/// </para>
/// <para>
/// Payload arrays must not change after an element has been pushed. <see cref="Publish.WantsOutcome"/> need not be set.
/// </para>
/// </remarks>
public static class NatsSink
{
    /// <summary>A sink that fails at the first element that is not delivered, or that the publisher refuses for good.</summary>
    /// <param name="publisher">The publisher, local or remote.</param>
    /// <param name="settings">Limits and waits; null for the defaults.</param>
    /// <returns>
    /// The sink. Its task fails with <see cref="PublishFailedException"/>, and cancels the stream with it; or with the failure of the stream,
    /// at once.
    /// </returns>
    /// <exception cref="ArgumentException">The publisher is null or <c>Nobody</c>.</exception>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    public static Sink<Publish, Task<Done>> Publish(IActorRef publisher, PublishStreamSettings? settings = null) =>
        Create(publisher, settings, counts: false).MapMaterializedValue(DoneAsync);

    /// <summary>
    /// A sink that counts what became of the elements. Undelivered and refused elements do not fail it, except when the publisher drains or
    /// has ended: then it pulls no more, waits for the outcomes of what was accepted, and fails with
    /// <see cref="PublishFailedException"/>, which has the counts.
    /// </summary>
    /// <param name="publisher">The publisher, local or remote.</param>
    /// <param name="settings">Limits and waits; null for the defaults.</param>
    /// <returns>The sink.</returns>
    /// <exception cref="ArgumentException">The publisher is null or <c>Nobody</c>.</exception>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    public static Sink<Publish, Task<PublishCounts>> PublishAndCount(IActorRef publisher, PublishStreamSettings? settings = null) =>
        Create(publisher, settings, counts: true);

    internal static void RequirePublisher(IActorRef publisher)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        if (publisher.IsNobody())
        {
            throw new ArgumentException("The publisher is Nobody; a stream needs the reference of a publisher.", nameof(publisher));
        }
    }

    private static Sink<Publish, Task<PublishCounts>> Create(IActorRef publisher, PublishStreamSettings? settings, bool counts)
    {
        RequirePublisher(publisher);
        return Sink.FromGraph(new SinkStage(publisher, (settings ?? new PublishStreamSettings()).Validate(), counts));
    }

    private static async Task<Done> DoneAsync(Task<PublishCounts> counts)
    {
        await counts.ConfigureAwait(false);
        return Done.Instance;
    }
}
