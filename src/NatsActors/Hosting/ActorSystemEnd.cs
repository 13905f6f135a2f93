using Akka.Actor;

namespace NatsActors.Hosting;

/// <summary>Whether an actor system has ended.</summary>
internal static class ActorSystemEnd
{
    /// <summary>
    /// True once the last actor has stopped. <see cref="ActorSystem.WhenTerminated"/> is null for the moment in which Akka.NET goes
    /// from the callbacks to the task that runs them.
    /// </summary>
    public static bool HasEnded(this ActorSystem system) => system.WhenTerminated is not { IsCompleted: false };
}
