using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;

namespace NatsActors.Tests;

/// <summary>
/// Counts what the actors of a system have to do, so that a test can wait for their rest instead of for time: a mailbox asks for
/// another run before the present one ends, so the count is zero only when nobody has a message left.
/// </summary>
internal sealed class ActorWork : Setup
{
    private int _pending;

    public bool IsAtRest => Volatile.Read(ref _pending) == 0;

    public static Config Config { get; } = ConfigurationFactory.ParseString(
        $$"""
        akka.actor.default-dispatcher.executor = "{{typeof(CountingExecutorConfigurator).AssemblyQualifiedName}}"
        akka.actor.internal-dispatcher.executor = "{{typeof(CountingExecutorConfigurator).AssemblyQualifiedName}}"
        """);

    public void Begin() => Interlocked.Increment(ref _pending);

    public void End() => Interlocked.Decrement(ref _pending);
}

/// <summary>Named in the configuration; finds the count of its system in the system's setup.</summary>
internal sealed class CountingExecutorConfigurator : ExecutorServiceConfigurator
{
    public CountingExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
    }

    public override ExecutorService Produce(string id) =>
        new CountingExecutor(id, Prerequisites.Settings.Setup.Get<ActorWork>().Value);

    private sealed class CountingExecutor(string id, ActorWork work) : ExecutorService(id)
    {
        public override void Execute(IRunnable run)
        {
            work.Begin();
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    try
                    {
                        run.Run();
                    }
                    finally
                    {
                        work.End();
                    }
                },
                null);
        }

        public override void Shutdown()
        {
        }
    }
}
