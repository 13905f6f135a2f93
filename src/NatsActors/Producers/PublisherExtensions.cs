using Akka.Actor;
using NatsActors.Producers;

namespace NatsActors;

/// <summary>Publishing through a publisher's <see cref="IActorRef"/> with a reply to await, from code outside of an actor.</summary>
/// <remarks>
/// <para>
/// The publisher may be local or remote. The message is told before the method returns, so messages of one caller are accepted in the
/// order of the calls. Code that publishes the next message only when the reply to the last one has come keeps the order over refusals,
/// too. An actor does better with a <see cref="PublishQueue"/>.
/// </para>
/// <para>
/// Time-out: the time for everything that the task waits for. Null takes <c>akka.actor.ask-timeout</c> of the caller's system, which is
/// infinite by default, as for Akka.NET's own <c>Ask</c>. A local publisher always answers. A remote publisher may be gone, and
/// Akka.Remote may lose a message, so a remote publisher needs a time-out.
/// </para>
/// <para>
/// A time-out or a cancellation ends the wait, not the message: the message may be accepted and sent. An answer that comes later is
/// dropped (from a remote publisher it becomes a dead letter, as with <c>Ask</c>). A caller that is refused with <see cref="BufferFull"/>
/// is not told <see cref="CapacityAvailable"/>.
/// </para>
/// </remarks>
public static class PublisherExtensions
{
    /// <summary>Publishes one message and returns the reply.</summary>
    /// <param name="publisher">The publisher.</param>
    /// <param name="message">The message. The payload must not change until the task has completed.</param>
    /// <param name="timeout">The longest wait for the reply; null takes <c>akka.actor.ask-timeout</c>.</param>
    /// <param name="cancellation">Cancels the wait. A token that is cancelled before the call publishes nothing.</param>
    /// <returns><see cref="Ack"/>, <see cref="BufferFull"/> or <see cref="Rejected"/>.</returns>
    /// <exception cref="ArgumentException">
    /// The message has <see cref="Publish.WantsOutcome"/>, for which <see cref="PublishForOutcomeAsync"/> is; or the publisher is
    /// <c>Nobody</c>.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The time-out is negative and not <see cref="Timeout.InfiniteTimeSpan"/>.</exception>
    /// <exception cref="AskTimeoutException">No reply came in time. The message may be accepted.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static Task<PublishReply> PublishAsync(
        this IActorRef publisher, Publish message, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        RefuseOutcome(message.WantsOutcome, nameof(message));
        return ReplyAsync<PublishReply>(publisher, message, timeout, TimeProvider.System, cancellation);
    }

    /// <summary>Publishes messages in order and returns the reply. The accepted messages are always a prefix of the list.</summary>
    /// <param name="publisher">The publisher.</param>
    /// <param name="messages">The messages. Neither the list nor the payloads may change until the task has completed.</param>
    /// <param name="timeout">The longest wait for the reply; null takes <c>akka.actor.ask-timeout</c>.</param>
    /// <param name="cancellation">Cancels the wait. A token that is cancelled before the call publishes nothing.</param>
    /// <returns>How many messages were accepted, and why the next one was not.</returns>
    /// <exception cref="ArgumentException">
    /// A message has <see cref="Publish.WantsOutcome"/>, for which <see cref="PublishForOutcomeAsync"/> is; or the publisher is
    /// <c>Nobody</c>.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The time-out is negative and not <see cref="Timeout.InfiniteTimeSpan"/>.</exception>
    /// <exception cref="AskTimeoutException">No reply came in time. Messages may be accepted.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static Task<BatchReply> PublishAsync(
        this IActorRef publisher, IReadOnlyList<Publish> messages, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        RefuseOutcome(messages.Any(static message => message is { WantsOutcome: true }), nameof(messages));
        return ReplyAsync<BatchReply>(publisher, new PublishBatch(messages), timeout, TimeProvider.System, cancellation);
    }

    /// <summary>Publishes one message and returns its reply and its outcome.</summary>
    /// <param name="publisher">The publisher.</param>
    /// <param name="message">
    /// The message. <see cref="Publish.WantsOutcome"/> need not be set. The payload must not change until the task has completed.
    /// </param>
    /// <param name="timeout">
    /// The longest wait for the reply and the outcome together; null takes <c>akka.actor.ask-timeout</c>. An outcome may take as long as
    /// an outage; <see cref="Publish.TimeToLive"/> bounds that.
    /// </param>
    /// <param name="cancellation">Cancels the wait. A token that is cancelled before the call publishes nothing.</param>
    /// <returns>The reply and the outcome. The outcome is null when the reply is not <see cref="Ack"/>.</returns>
    /// <exception cref="ArgumentException">The publisher is <c>Nobody</c>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time-out is negative and not <see cref="Timeout.InfiniteTimeSpan"/>.</exception>
    /// <exception cref="AskTimeoutException">
    /// The reply or the outcome did not come in time; the text says which. The message may be accepted.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static Task<(PublishReply Reply, Outcome? Outcome)> PublishForOutcomeAsync(
        this IActorRef publisher, Publish message, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return OutcomeAsync(publisher, message with { WantsOutcome = true }, timeout, TimeProvider.System, cancellation);
    }

    internal static async Task<T> ReplyAsync<T>(
        IActorRef publisher, object message, TimeSpan? timeout, TimeProvider time, CancellationToken cancellation)
    {
        var (provider, limit) = Prepare(publisher, timeout, cancellation);
        using var promise = ReplyPromise.Register(provider);
        publisher.Tell(message, promise);
        return (T)await WaitAsync(promise.Reply, publisher, "reply", limit, time, cancellation).ConfigureAwait(false);
    }

    internal static async Task<(PublishReply Reply, Outcome? Outcome)> OutcomeAsync(
        IActorRef publisher, Publish message, TimeSpan? timeout, TimeProvider time, CancellationToken cancellation)
    {
        var (provider, limit) = Prepare(publisher, timeout, cancellation);
        using var promise = ReplyPromise.Register(provider);
        publisher.Tell(message, promise);
        var began = time.GetTimestamp();
        var reply = (PublishReply)await WaitAsync(promise.Reply, publisher, "reply", limit, time, cancellation).ConfigureAwait(false);
        if (reply is not Ack)
        {
            return (reply, null);
        }

        var left = limit == Timeout.InfiniteTimeSpan ? limit : Longest(TimeSpan.Zero, limit - time.GetElapsedTime(began));
        return (reply, await WaitAsync(promise.Outcome, publisher, "outcome", left, time, cancellation).ConfigureAwait(false));
    }

    private static (IActorRefProvider Provider, TimeSpan Limit) Prepare(IActorRef publisher, TimeSpan? timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        if (publisher.IsNobody())
        {
            throw new ArgumentException("The publisher is Nobody; messages need the reference of a publisher.", nameof(publisher));
        }

        if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "The time-out must be zero, positive or Timeout.InfiniteTimeSpan.");
        }

        cancellation.ThrowIfCancellationRequested();
        var provider = ((IInternalActorRef)publisher).Provider;
        var limit = timeout ?? provider.Settings.AskTimeout;
        // Timers of .NET take 2^32-2 ms at most, and would throw after the message has been told.
        return (provider, limit.TotalMilliseconds < uint.MaxValue - 1 ? limit : Timeout.InfiniteTimeSpan);
    }

    private static void RefuseOutcome(bool wantsOutcome, string parameter)
    {
        if (wantsOutcome)
        {
            throw new ArgumentException($"WantsOutcome needs {nameof(PublishForOutcomeAsync)}", parameter);
        }
    }

    private static async Task<T> WaitAsync<T>(
        Task<T> answer, IActorRef publisher, string what, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            return await answer.WaitAsync(limit, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AskTimeoutException($"{publisher.Path} gave no {what} within the time-out; the message may be accepted");
        }
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
