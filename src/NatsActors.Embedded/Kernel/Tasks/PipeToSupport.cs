using System.Diagnostics.CodeAnalysis;

namespace NatsActors.Kernel;

/// <summary>Sends what a task ends with to an actor.</summary>
[SuppressMessage("Design", "CA1031", Justification = "The failure goes to the recipient, whatever it is.")]
internal static class PipeToSupport
{
    /// <summary>Tells the result, or <see cref="Status.Failure"/>, to the recipient; the functions make another message of it.</summary>
    public static async Task PipeTo<T>(
        this Task<T> taskToPipe,
        ICanTell recipient,
        IActorRef? sender = null,
        Func<T, object>? success = null,
        Func<Exception, object>? failure = null)
    {
        try
        {
            var result = await taskToPipe.ConfigureAwait(false);
            recipient.Tell(success is null ? result! : success(result), sender);
        }
        catch (Exception cause)
        {
            recipient.Tell(failure is null ? new Status.Failure(cause) : failure(cause), sender);
        }
    }

    /// <summary>The same for a task without a result: without <paramref name="success"/> its end is told to no one.</summary>
    public static async Task PipeTo(
        this Task taskToPipe,
        ICanTell recipient,
        IActorRef? sender = null,
        Func<object>? success = null,
        Func<Exception, object>? failure = null)
    {
        try
        {
            await taskToPipe.ConfigureAwait(false);
            if (success is not null)
            {
                recipient.Tell(success(), sender);
            }
        }
        catch (Exception cause)
        {
            recipient.Tell(failure is null ? new Status.Failure(cause) : failure(cause), sender);
        }
    }
}
