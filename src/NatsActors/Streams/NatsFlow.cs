using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using NatsActors.Streams;

namespace NatsActors;

/// <summary>Flows of Akka.Streams that publish, and give what became of each element.</summary>
/// <remarks>
/// Elements are told, kept and ordered as by <see cref="NatsSink"/>. The results come in the order of the elements. A flow does not fail of an
/// element: undelivered and refused elements are elements too, also when the publisher drains or has ended. A flow that is cancelled, or
/// whose stream fails, ends at once; what the publisher has accepted is still sent.
/// </remarks>
public static class NatsFlow
{
    /// <summary>A flow that publishes, with a value of the caller's beside each element.</summary>
    /// <typeparam name="T">The caller's value, which comes out with the result of its element.</typeparam>
    /// <param name="publisher">The publisher, local or remote.</param>
    /// <param name="parallelism">
    /// The elements that may be inside the flow: collected, accepted and without an outcome, or ended behind one that has not. At least 1. The
    /// rate is at most this number for each round trip to the server; below 256 batches stay smaller.
    /// </param>
    /// <param name="settings">Limits and waits; null for the defaults.</param>
    /// <returns>The flow.</returns>
    /// <exception cref="ArgumentException">The publisher is null or <c>Nobody</c>, or the parallelism is below 1.</exception>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    public static Flow<(Publish Message, T Context), (PublishResult Result, T Context), NotUsed> Publish<T>(
        IActorRef publisher, int parallelism, PublishStreamSettings? settings = null)
    {
        NatsSink.RequirePublisher(publisher);
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1);
        return Flow.FromGraph(new FlowStage<T>(publisher, parallelism, (settings ?? new PublishStreamSettings()).Validate()));
    }

    /// <summary>The same as a flow with context, for sources that carry the place of each element, such as an offset.</summary>
    /// <inheritdoc cref="Publish{T}"/>
    public static FlowWithContext<Publish, T, PublishResult, T, NotUsed> PublishWithContext<T>(
        IActorRef publisher, int parallelism, PublishStreamSettings? settings = null) =>
        FlowWithContext.From(Publish<T>(publisher, parallelism, settings));
}
