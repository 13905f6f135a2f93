using System.Globalization;
using NatsActors.Embedded;
using NatsActors.Kernel;

namespace NatsActors.Faults;

/// <summary>Producers that never wait for an answer, each on a thread of its own.</summary>
internal sealed class Pressure(NatsPublisher publisher, AnswerCheck check, CancellationToken stop)
{
    private const int PayloadBytes = 100;
    private static readonly byte[] Payload = new byte[PayloadBytes];
    private long _number;

    /// <summary>Tells into the buffer actor's mailbox.</summary>
    public Task TellAsync() => Task.Factory.StartNew(Tell, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary><c>TryPublish</c> in a loop.</summary>
    public Task TryAsync() => Task.Factory.StartNew(Try, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary><c>PublishAsync</c>, never awaited by the producer.</summary>
    public Task AskAsync() => Task.Factory.StartNew(Ask, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Tell()
    {
        var buffer = ((LocalActorRef)publisher.Supervisor).Cell.Child("buffer");
        var sender = new Answers(check);
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _number);
            check.Offer(number);
            buffer.Tell(new Publish("bounds", Payload) { CorrelationId = number.ToString(CultureInfo.InvariantCulture) }, sender);
        }
    }

    private void Try()
    {
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _number);
            check.Offer(number);
            check.Answer(number, publisher.TryPublish("bounds", Payload, out _));
        }
    }

    private void Ask()
    {
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _number);
            check.Offer(number);
            _ = FollowAsync(number);
        }
    }

    private async Task FollowAsync(long number) =>
        check.Answer(number, await publisher.PublishAsync("bounds", Payload) is Ack);

    /// <summary>The sender of the told messages; counts on the thread that answers.</summary>
    private sealed class Answers(AnswerCheck check) : InternalActorRef
    {
        public override ActorPath Path { get; } = new("nats-actors", null, "answers");

        public override void Tell(object message, IActorRef? sender)
        {
            if (message is PublishReply reply)
            {
                check.Answer(long.Parse(reply.CorrelationId!, CultureInfo.InvariantCulture), reply is Ack);
            }
        }
    }
}
