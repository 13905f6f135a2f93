using Akka.Actor;
using Akka.Configuration;

namespace NatsActors.Hosting;

/// <summary>
/// Makes the small actor system of a <see cref="NatsPublisher"/>: without a logger, without a hook into the process, without the
/// process's configuration, and with timers on the publisher's clock.
/// </summary>
internal static class OwnSystem
{
    private static readonly Config Config = ConfigurationFactory.ParseString(
        $$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          loggers = []
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          scheduler.implementation = "{{typeof(TimeProviderScheduler).AssemblyQualifiedName}}"
          coordinated-shutdown {
            run-by-clr-shutdown-hook = off
            run-by-actor-system-terminate = off
            exit-clr = off
          }
        }
        """);

    /// <summary>Makes the system.</summary>
    /// <param name="time">The clock of its timers.</param>
    /// <param name="more">HOCON of what else runs in it, such as a journal; null for none.</param>
    public static ActorSystem Create(TimeProvider time, Config? more)
    {
        var system = ActorSystem.Create("nats-actors", BootstrapSetup.Create().WithConfig(more is null ? Config : Config.WithFallback(more)));
        ((TimeProviderScheduler)system.Scheduler).Use(time);
        return system;
    }
}
