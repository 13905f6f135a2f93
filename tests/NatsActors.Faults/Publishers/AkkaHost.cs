using Akka.Actor;
using Akka.Configuration;

namespace NatsActors.Faults;

/// <summary>One actor system of Akka.NET, with all the publishers of a run in it, as an application would have them.</summary>
internal sealed class AkkaHost : IAsyncDisposable
{
    // A run breaks links by the hundred: the publishers' log lines would drown the report.
    private readonly ActorSystem _system = ActorSystem.Create("faults", ConfigurationFactory.ParseString(
        """
        akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """));

    public Task<IPublisherUnderTest> StartAsync(PublisherSettings settings, Door door, string subject) =>
        Task.FromResult(AkkaPublisher.Start(_system, settings, door, subject));

    /// <summary>The same, with a stream of Akka.Streams into each publisher.</summary>
    public Task<IPublisherUnderTest> StartStreamAsync(PublisherSettings settings, Door door, string subject) =>
        Task.FromResult(StreamPublisher.Start(_system, settings, door, subject));

    public ActorSystem System => _system;

    public Task<IPublisherUnderPressure> PressAsync(PublisherSettings settings) => AkkaPressure.StartAsync(_system, settings);

    public async ValueTask DisposeAsync() => await _system.Terminate();
}
