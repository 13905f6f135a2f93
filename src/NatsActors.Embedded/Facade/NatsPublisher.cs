using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NatsActors.Actors;
using NatsActors.Wire;

namespace NatsActors.Embedded;

/// <summary>
/// Publishes to NATS from any .NET process. Every message gets one honest answer: accepted, refused because the buffer is full,
/// or rejected with a reason; what is accepted is kept through outages and sent in order. All members are thread-safe.
/// </summary>
/// <remarks>
/// Order is that of acceptance. <see cref="PublishAsync(Publish, CancellationToken)"/> and <see cref="TryPublish"/> accept, or put
/// in line, before they return; a batch and <see cref="PublishForOutcomeAsync"/> go through the actor: await their reply before
/// publishing what has to come behind them. Disposing drains for at most <see cref="DisposeDrain"/>; call
/// <see cref="DrainAsync"/> before to choose the deadline and to see what was left.
/// </remarks>
public sealed class NatsPublisher : IAsyncDisposable
{
    /// <summary>How long <see cref="DisposeAsync"/> drains: 5 seconds.</summary>
    public static readonly TimeSpan DisposeDrain = TimeSpan.FromSeconds(5);

    private readonly ActorSystem _system;
    private readonly IActorRef _relay;
    private readonly IActorRef _publisher;
    private readonly IActorRef _buffer;
    private readonly PublishDoor _door;

    private NatsPublisher(ActorSystem system, IActorRef relay, IActorRef publisher, LocalActorRef buffer, PublisherState state)
    {
        _system = system;
        _relay = relay;
        _publisher = publisher;
        _buffer = buffer;
        _door = new PublishDoor(state, buffer);
    }

    /// <summary>
    /// What happened to the publisher (<see cref="NatsEvent"/>): links that came and went, overflow, messages that ended
    /// undelivered. Handlers are called one at a time and must not block; what they throw is logged.
    /// </summary>
    public event Action<NatsEvent>? EventRaised;

    /// <summary>The supervisor of the actors, for tests that make one of them fail.</summary>
    internal IActorRef Supervisor => _publisher;

    /// <summary>A snapshot whose numbers fit together.</summary>
    public PublisherStatus Status => _door.Status();

    /// <summary>
    /// Starts a publisher. It takes messages at once, also while no server can be reached: they wait in the buffer. Returns at
    /// once; nothing is connected by then.
    /// </summary>
    /// <param name="settings">The settings.</param>
    /// <param name="loggers">Where it logs, one line an episode; null for nowhere.</param>
    /// <param name="time">The clock of all time-outs; null for the system's.</param>
    /// <param name="onEvent">
    /// A first handler of <see cref="EventRaised"/>, which misses nothing: one that is added later may miss the first events.
    /// </param>
    /// <exception cref="SettingsException">Settings are not valid; it lists every violation.</exception>
    public static NatsPublisher Start(
        PublisherSettings settings, ILoggerFactory? loggers = null, TimeProvider? time = null, Action<NatsEvent>? onEvent = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        if (settings.Connection.Client == LinkClient.NatsNet)
        {
            throw new SettingsException(["connection.client is nats-net; the embedded runtime has wire only (allowed: auto, wire)"]);
        }

        var clock = time ?? TimeProvider.System;
        return Start(settings, new WireLinkFactory(clock), loggers, clock, null, onEvent);
    }

    /// <summary><see cref="Start(PublisherSettings, ILoggerFactory, TimeProvider, Action{NatsEvent})"/> as a task, which is complete.</summary>
    /// <inheritdoc cref="Start(PublisherSettings, ILoggerFactory, TimeProvider, Action{NatsEvent})"/>
    public static Task<NatsPublisher> StartAsync(
        PublisherSettings settings, ILoggerFactory? loggers = null, TimeProvider? time = null, Action<NatsEvent>? onEvent = null) =>
        Task.FromResult(Start(settings, loggers, time, onEvent));

    internal static Task<NatsPublisher> StartAsync(
        PublisherSettings settings,
        ILinkFactory links,
        ILoggerFactory? loggers,
        TimeProvider time,
        Random? random,
        Action<NatsEvent>? onEvent = null) =>
        Task.FromResult(Start(settings, links, loggers, time, random, onEvent));

    internal static NatsPublisher Start(
        PublisherSettings settings,
        ILinkFactory links,
        ILoggerFactory? loggers,
        TimeProvider time,
        Random? random,
        Action<NatsEvent>? onEvent)
    {
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("NatsActors.Publisher");
        var dispatcher = new StartDispatcher();
        var system = ActorSystem.Create("nats-actors", new KernelOptions { Time = time, Dispatcher = dispatcher });
        var state = new PublisherState(settings, links, time, random);
        NatsPublisher? started = null;
        var relay = system.ActorOf(
            Props.Create(() => new EventRelay(logger, () => started is null ? onEvent : started.EventRaised)), "events");
        system.EventStream.Subscribe(relay, typeof(NatsEvent));
        var publisher = (LocalActorRef)system.ActorOf(
            Props.Create(() => new PublisherActor(state, props => props.WithMailboxBound(state.Mailbox))), "publisher");
        dispatcher.RunUntilIdle();
        var made = new NatsPublisher(system, relay, publisher, (LocalActorRef)publisher.Cell.Child("buffer"), state);
        made.EventRaised += onEvent;
        started = made;
        dispatcher.GoParallel();
        return made;
    }

    /// <summary>
    /// Publishes one message.
    /// </summary>
    /// <returns>
    /// <see cref="Ack"/>, <see cref="BufferFull"/> or <see cref="Rejected"/>. With <c>buffer.overflow = wait</c> it completes when
    /// there is room, at the latest after <c>buffer.wait-timeout</c>; otherwise at once.
    /// </returns>
    /// <param name="message">The message. Its payload is copied before the call returns, unless it has to wait for room.</param>
    /// <param name="cancellation">Ends the wait for the reply, not the message's own wait for room.</param>
    public ValueTask<PublishReply> PublishAsync(Publish message, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.WantsOutcome)
        {
            throw new ArgumentException($"WantsOutcome is for actors; use {nameof(PublishForOutcomeAsync)}", nameof(message));
        }

        return _door.Offer(message, cancellation, out var held) is { } reply
            ? ValueTask.FromResult(reply)
            : new ValueTask<PublishReply>(UnlessEndedAsync(held!, cancellation));
    }

    /// <inheritdoc cref="PublishAsync(Publish, CancellationToken)"/>
    public ValueTask<PublishReply> PublishAsync(
        string subject, ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        PublishAsync(new Publish(subject, payload), cancellation);

    /// <summary>Publishes one message and gives its outcome.</summary>
    /// <returns>The reply, and the outcome once there is one; the outcome is null when the reply is not <see cref="Ack"/>.</returns>
    /// <param name="message">The message; <see cref="Publish.WantsOutcome"/> is implied.</param>
    /// <param name="cancellation">Ends the wait, not the message.</param>
    public async Task<(PublishReply Reply, Outcome? Outcome)> PublishForOutcomeAsync(
        Publish message, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var promise = new OutcomePromise();
        _buffer.Tell(message with { WantsOutcome = true }, promise);
        var reply = await UnlessEndedAsync(promise.Reply, cancellation).ConfigureAwait(false);
        return (reply, reply is Ack ? await UnlessEndedAsync(promise.Outcome, cancellation).ConfigureAwait(false) : null);
    }

    /// <summary>The fastest door: publishes without a reply object, and never waits.</summary>
    /// <returns>True when the message is accepted.</returns>
    /// <param name="subject">The subject.</param>
    /// <param name="payload">The payload; copied before the call returns.</param>
    /// <param name="refusal">Why it was not accepted: <see cref="BufferFull"/> or <see cref="Rejected"/>.</param>
    public bool TryPublish(string subject, ReadOnlySpan<byte> payload, out PublishReply? refusal)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return _door.TryOffer(subject, payload, out refusal);
    }

    /// <summary>Publishes messages in order: a prefix of the list is accepted.</summary>
    /// <param name="messages">The messages; neither the list nor the payloads may change until the reply is there.</param>
    /// <param name="cancellation">Ends the wait for the reply, not the messages' own wait for room.</param>
    /// <exception cref="ArgumentException">A message has <see cref="Publish.WantsOutcome"/>, which is for actors.</exception>
    public Task<BatchReply> PublishAsync(IReadOnlyList<Publish> messages, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Any(static message => message.WantsOutcome))
        {
            throw new ArgumentException($"WantsOutcome is for actors; use {nameof(PublishForOutcomeAsync)}", nameof(messages));
        }

        return AskAsync<BatchReply>(new PublishBatch(messages), cancellation);
    }

    /// <summary>Completes when all that was accepted before has an outcome, or after <paramref name="timeout"/>.</summary>
    public Task<Flushed> FlushAsync(TimeSpan timeout) => AskAsync<Flushed>(new Flush(timeout));

    /// <summary>
    /// Refuses new messages, sends what is buffered until <paramref name="deadline"/> has passed, and ends the publisher. Works
    /// during an outage too: what could not be sent is named, message by message.
    /// </summary>
    public Task<Drained> DrainAsync(TimeSpan deadline) => AskAsync<Drained>(new Drain(deadline));

    /// <summary>Takes queued messages out of the buffer; what is in flight stays.</summary>
    /// <exception cref="ArgumentException">The filter is not a valid subject filter.</exception>
    public async Task<Purged> PurgeAsync(string? subjectFilter = null)
    {
        var purged = await AskAsync<Purged>(new Purge(subjectFilter)).ConfigureAwait(false);
        return purged.Error is { } error ? throw new ArgumentException(error, nameof(subjectFilter)) : purged;
    }

    /// <summary>Ends the link and makes a new one; nothing is lost.</summary>
    public void ForceReconnect() => _publisher.Tell(NatsActors.ForceReconnect.Instance);

    /// <summary>
    /// Drains for at most <see cref="DisposeDrain"/>, hands out the events that are left, and ends everything. After it messages
    /// are <see cref="Rejected"/> and the other calls throw <see cref="ObjectDisposedException"/>. More than one call is one.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await DrainAsync(DisposeDrain).ConfigureAwait(false);

            // Behind the last event: the end of the system goes ahead of what waits in mailboxes.
            await UnlessEndedAsync(_relay.Ask<RelayEmpty>(RelayEmpty.Instance), default).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // Another call has ended it meanwhile.
        }

        await _system.TerminateAsync().ConfigureAwait(false);
    }

    private Task<T> AskAsync<T>(object message, CancellationToken cancellation = default) =>
        UnlessEndedAsync(_buffer.Ask<T>(message, cancellation), cancellation);

    /// <summary>An actor that has ended does not answer: the wait ends with the system.</summary>
    private async Task<T> UnlessEndedAsync<T>(Task<T> answer, CancellationToken cancellation)
    {
        if (!answer.IsCompleted && !cancellation.IsCancellationRequested)
        {
            await Task.WhenAny(answer, _system.WhenTerminated).WaitAsync(cancellation).ConfigureAwait(false);
        }

        return answer.IsCompleted || cancellation.IsCancellationRequested
            ? await answer.WaitAsync(cancellation).ConfigureAwait(false)
            : throw new ObjectDisposedException(nameof(NatsPublisher));
    }
}
