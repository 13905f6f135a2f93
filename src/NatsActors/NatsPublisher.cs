using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NatsActors.Door;
using NatsActors.Hosting;
using NatsActors.Links;
using NatsActors.Producers;

namespace NatsActors;

/// <summary>
/// Publishes to NATS from any .NET process. Every message gets one honest answer: accepted, refused because the buffer is full,
/// or rejected with a reason. Accepted messages are kept through outages and sent in order. All members are thread-safe.
/// </summary>
/// <remarks>
/// The publisher runs in a small actor system of its own. Messages leave in the order of acceptance. Every publishing method has
/// accepted its message, or put it in the line for room, when the call returns.
/// <see cref="DisposeAsync"/> drains for at most <see cref="DisposeDrain"/>. Call <see cref="DrainAsync"/> first to choose the
/// deadline and to see which messages were left.
/// </remarks>
public sealed class NatsPublisher : INatsPublisher
{
    /// <summary>How long <see cref="DisposeAsync"/> drains: 5 seconds.</summary>
    public static readonly TimeSpan DisposeDrain = TimeSpan.FromSeconds(5);

    private readonly ActorSystem _system;
    private readonly Task _systemEnd;
    private readonly IActorRef _relay;
    private readonly PublishDoor _door;
    private readonly IActorRefProvider _provider;
    private readonly bool _repliesLater;
    private readonly Lazy<Task> _end;
    private bool _disposed;

    private NatsPublisher(string name, ActorSystem system, IActorRef relay, IActorRef publisher, PublishDoor door)
    {
        Name = name;
        _system = system;
        // Taken now, because WhenTerminated is null for a moment of the end (ActorSystemEnd).
        _systemEnd = system.WhenTerminated;
        _relay = relay;
        Reference = publisher;
        _door = door;
        _provider = ((ExtendedActorSystem)system).Provider;
        _repliesLater = door.Buffer.RepliesLater;
        _end = new Lazy<Task>(EndAsync);
    }

    /// <summary>
    /// Raised for every event of the publisher (<see cref="NatsEvent"/>): links that came and went, overflow, messages that ended
    /// undelivered. Handlers are called one at a time and must not block. An exception of a handler is logged.
    /// </summary>
    public event Action<NatsEvent>? EventRaised;

    /// <summary>The publisher's reference in its actor system.</summary>
    internal IActorRef Reference { get; }

    /// <summary>The publisher's name in its settings.</summary>
    internal string Name { get; }

    internal ActorSystem System => _system;

    /// <summary>A snapshot of state, buffer and ledger, taken at one moment.</summary>
    public PublisherStatus Status => _door.Buffer.Status();

    /// <summary>
    /// The Props of a publisher for a place of your own in the tree of an actor system. <see cref="NatsPublishers"/> starts publishers
    /// at the top, by their names in HOCON. Both kinds take <see cref="Publish"/>, <see cref="PublishBatch"/>,
    /// <see cref="GetStatus"/>, <see cref="Flush"/>, <see cref="Drain"/>, <see cref="Purge"/> and
    /// <see cref="NatsActors.ForceReconnect"/>, and both drain in CoordinatedShutdown.
    /// </summary>
    /// <param name="settings">The settings. No other living publisher of the system may have the same name.</param>
    /// <param name="system">The actor system that gives the publisher its dispatcher and its credentials.</param>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    public static Props Props(PublisherSettings settings, ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(system);
        return NatsPublishers.Get(system).PropsOf(settings);
    }

    /// <summary>
    /// Starts a publisher. The call returns before there is a link. The publisher takes messages at once, and they wait in the
    /// buffer until a server can be reached.
    /// </summary>
    /// <param name="settings">The settings.</param>
    /// <param name="loggers">Makes the logger, which gets one line for each event; null logs nothing.</param>
    /// <param name="time">The clock of all time-outs; null for the system's.</param>
    /// <param name="onEvent">
    /// The first handler of <see cref="EventRaised"/>. This handler gets every event; a handler that is added later may miss the
    /// first ones.
    /// </param>
    /// <param name="options">
    /// Changes the options of NATS.Client.Core that the settings make: authentication, TLS, WebSocket, loggers. Called for each link.
    /// </param>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    public static NatsPublisher Start(
        PublisherSettings settings, ILoggerFactory? loggers = null, TimeProvider? time = null, Action<NatsEvent>? onEvent = null,
        Func<NatsOpts, NatsOpts>? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var clock = time ?? TimeProvider.System;
        return Start(settings.Validate(), new LinkFactory(clock, options), loggers, clock, null, onEvent);
    }

    /// <summary>
    /// The same as <see cref="Start(PublisherSettings, ILoggerFactory, TimeProvider, Action{NatsEvent}, Func{NatsOpts, NatsOpts})"/>.
    /// The task is complete when the call returns.
    /// </summary>
    /// <inheritdoc cref="Start(PublisherSettings, ILoggerFactory, TimeProvider, Action{NatsEvent}, Func{NatsOpts, NatsOpts})"/>
    public static Task<NatsPublisher> StartAsync(
        PublisherSettings settings, ILoggerFactory? loggers = null, TimeProvider? time = null, Action<NatsEvent>? onEvent = null,
        Func<NatsOpts, NatsOpts>? options = null) =>
        Task.FromResult(Start(settings, loggers, time, onEvent, options));

    internal static NatsPublisher Start(
        PublisherSettings settings, ILinkFactory links, ILoggerFactory? loggers, TimeProvider time, Random? random,
        Action<NatsEvent>? onEvent, Config? hocon = null)
    {
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("NatsActors.Publisher");
        var system = OwnSystem.Create(time, hocon);
        try
        {
            NatsPublisher? started = null;
            var relay = system.ActorOf(
                Akka.Actor.Props.Create(() => new EventRelay(logger, () => started == null ? onEvent : started.EventRaised)), "events");
            system.EventStream.Subscribe(relay, typeof(NatsEvent));
            var (publisher, parts) = NatsPublishers.Get(system).Start(settings, links, time, random, logger: logger);
            var made = new NatsPublisher(settings.Name, system, relay, publisher, parts.Door);
            made.EventRaised += onEvent;
            return started = made;
        }
        catch
        {
            // The journal's section may be missing, for example. Nobody else knows of the system.
            _ = system.Terminate();
            throw;
        }
    }

    /// <summary>
    /// Publishes one message.
    /// </summary>
    /// <returns>
    /// <see cref="Ack"/>, <see cref="BufferFull"/> or <see cref="Rejected"/>. With <c>buffer.overflow = wait</c> the task completes
    /// when there is room, at the latest after <c>buffer.wait-timeout</c>; otherwise the task is complete when the call returns.
    /// </returns>
    /// <param name="message">The message. The payload is copied before the call returns, unless the message has to wait for room.</param>
    /// <param name="cancellation">Cancels waiting for the reply. The message itself goes on waiting for room.</param>
    /// <exception cref="ArgumentException">The message has <see cref="Publish.WantsOutcome"/>, which is for actors.</exception>
    public ValueTask<PublishReply> PublishAsync(Publish message, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.WantsOutcome)
        {
            throw new ArgumentException($"WantsOutcome is for actors; use {nameof(PublishForOutcomeAsync)}", nameof(message));
        }

        if (!_repliesLater)
        {
            return ValueTask.FromResult(_door.Accept(message, null, null)!);
        }

        var promise = new ReplyPromise(_provider);
        return _door.Accept(message, null, promise) is { } reply
            ? ValueTask.FromResult(reply)
            : new ValueTask<PublishReply>(ReplyAsync<PublishReply>(promise, cancellation));
    }

    /// <inheritdoc cref="PublishAsync(Publish, CancellationToken)"/>
    public ValueTask<PublishReply> PublishAsync(
        string subject, ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
        PublishAsync(new Publish(subject, payload), cancellation);

    /// <summary>Publishes one message and returns its reply and its outcome.</summary>
    /// <returns>The reply and the outcome. The outcome is null when the reply is not <see cref="Ack"/>.</returns>
    /// <param name="message">The message. <see cref="Publish.WantsOutcome"/> need not be set.</param>
    /// <param name="cancellation">Cancels waiting. The message itself is still published.</param>
    public async Task<(PublishReply Reply, Outcome? Outcome)> PublishForOutcomeAsync(
        Publish message, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var promise = new ReplyPromise(_provider);
        _door.Pass(message with { WantsOutcome = true }, promise);
        var reply = await ReplyAsync<PublishReply>(promise, cancellation).ConfigureAwait(false);
        return (reply, reply is Ack ? await promise.Outcome.WaitAsync(cancellation).ConfigureAwait(false) : null);
    }

    /// <summary>
    /// Publishes 1 to 1,000 messages that a stream stores all or none of (<see cref="PublishBatch.Atomic"/>), and returns the reply and
    /// the one outcome.
    /// </summary>
    /// <returns>The reply and the outcome. The outcome is null when the batch is refused.</returns>
    /// <param name="messages">
    /// The messages. <see cref="Publish.WantsOutcome"/> need not be set. Neither the list nor the payloads may change until the task has
    /// completed.
    /// </param>
    /// <param name="cancellation">Cancels waiting. The batch itself is still published.</param>
    public async Task<(BatchReply Reply, Outcome? Outcome)> PublishAtomicAsync(
        IReadOnlyList<Publish> messages, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
        var promise = new ReplyPromise(_provider);
        _door.Pass(AtomicBatchOf(messages), promise);
        var reply = await ReplyAsync<BatchReply>(promise, cancellation).ConfigureAwait(false);
        return (reply, reply.Refusal is null ? await promise.Outcome.WaitAsync(cancellation).ConfigureAwait(false) : null);
    }

    /// <summary>
    /// Publishes without a reply object. This is the fastest way to publish. The call never waits for room, also with
    /// <c>buffer.overflow = wait</c>.
    /// </summary>
    /// <returns>True when the message is accepted.</returns>
    /// <param name="subject">The subject.</param>
    /// <param name="payload">The payload; copied before the call returns.</param>
    /// <param name="refusal"><see cref="BufferFull"/> or <see cref="Rejected"/>; null when the message is accepted.</param>
    public bool TryPublish(string subject, ReadOnlySpan<byte> payload, out PublishReply? refusal)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return _door.TryAccept(subject, payload, out refusal);
    }

    /// <summary>
    /// Completes when the buffer is below its low watermark (<c>buffer.low-watermark</c>), no message waits in line for room, and the
    /// largest message that was refused since fits; at once when all of this holds. A producer that was
    /// refused with <see cref="BufferFull"/> awaits this and publishes the refused message again; a producer that does so before its next
    /// message keeps its order.
    /// </summary>
    /// <remarks>
    /// Nothing is reserved: other callers may fill the buffer first, and then the message is refused again. Everybody who waits is
    /// told at the same moment.
    /// </remarks>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="ObjectDisposedException">
    /// The publisher drains or has ended, before the call or during the wait: there will be no room.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Task WaitForCapacityAsync(CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellation);
        }

        var waiter = new CapacityWaiter();
        return _door.Buffer.AwaitCapacity(waiter, out var ended) ? WaitAsync(waiter, cancellation)
            : ended is null ? Task.CompletedTask
            : Task.FromException(NoCapacity(ended));
    }

    /// <summary>Publishes messages in order. The accepted messages are always a prefix of the list.</summary>
    /// <param name="messages">The messages. Neither the list nor the payloads may change until the task has completed.</param>
    /// <param name="cancellation">Cancels waiting for the reply. The messages themselves go on waiting for room.</param>
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

    /// <summary>
    /// Completes when every message that was accepted before the call has an outcome, or after <paramref name="timeout"/>.
    /// </summary>
    public Task<Flushed> FlushAsync(TimeSpan timeout) => AskAsync<Flushed>(new Flush(timeout));

    /// <summary>
    /// Refuses new messages, sends the buffered messages until <paramref name="deadline"/> has passed, and ends the publisher.
    /// A drain works during an outage too. The result lists every message that was not sent.
    /// </summary>
    public Task<Drained> DrainAsync(TimeSpan deadline) => AskAsync<Drained>(new Drain(deadline));

    /// <summary>Takes queued messages out of the buffer. Messages in flight stay.</summary>
    /// <param name="subjectFilter">A subject with the wildcards <c>*</c> and <c>&gt;</c>; null for all messages.</param>
    /// <exception cref="ArgumentException">The filter is not a valid subject filter.</exception>
    public async Task<Purged> PurgeAsync(string? subjectFilter = null)
    {
        var purged = await AskAsync<Purged>(new Purge(subjectFilter)).ConfigureAwait(false);
        return purged.Error is { } error ? throw new ArgumentException(error, nameof(subjectFilter)) : purged;
    }

    /// <summary>Ends the link and makes a new one. No message is lost.</summary>
    public void ForceReconnect() => _door.Pass(NatsActors.ForceReconnect.Instance, null);

    /// <summary>
    /// Drains for at most <see cref="DisposeDrain"/>, raises the last events, and ends the publisher and its actor system.
    /// Afterwards messages are <see cref="Rejected"/>, and batches, flushes, drains and purges throw
    /// <see cref="ObjectDisposedException"/>. Further calls wait for the same end.
    /// </summary>
    public ValueTask DisposeAsync() => new(_end.Value);

    private async Task EndAsync()
    {
        var promise = new ReplyPromise(_provider);
        _door.Pass(new Drain(DisposeDrain), promise);
        var drained = await promise.Reply.ConfigureAwait(false);
        Volatile.Write(ref _disposed, true);
        // The relay answers after the last event. The end of the system would overtake events in the relay's mailbox.
        var handedOut = new ReplyPromise(_provider);
        _relay.Tell(drained, handedOut);
        await Task.WhenAny(handedOut.Reply, _systemEnd).ConfigureAwait(false);
        _ = _system.Terminate();
        await _systemEnd.ConfigureAwait(false);
    }

    /// <summary>One message that asks for the outcome is enough.</summary>
    private static PublishBatch AtomicBatchOf(IReadOnlyList<Publish> messages)
    {
        Publish[] asking = [.. messages];
        if (asking is [{ } first, ..])
        {
            asking[0] = first with { WantsOutcome = true };
        }

        return new PublishBatch(asking) { Atomic = true };
    }

    private async Task WaitAsync(CapacityWaiter waiter, CancellationToken cancellation)
    {
        try
        {
            if (await waiter.Task.WaitAsync(cancellation).ConfigureAwait(false) is { } ended)
            {
                throw NoCapacity(ended);
            }
        }
        finally
        {
            _door.Buffer.LeaveCapacityLine(waiter);
        }
    }

    private static ObjectDisposedException NoCapacity(Rejected ended) => new(nameof(NatsPublisher), ended.Detail);

    private Task<T> AskAsync<T>(object message, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
        var promise = new ReplyPromise(_provider);
        _door.Pass(message, promise);
        return ReplyAsync<T>(promise, cancellation);
    }

    /// <summary>The door answers every message, however the publisher ends, so this wait always ends.</summary>
    private static async Task<T> ReplyAsync<T>(ReplyPromise promise, CancellationToken cancellation) =>
        (T)await promise.Reply.WaitAsync(cancellation).ConfigureAwait(false);
}
