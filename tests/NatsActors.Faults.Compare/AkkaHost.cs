using Akka.Actor;
using Akka.Configuration;

namespace NatsActors.Faults.Compare;

/// <summary>One actor system of Akka.NET, with all the publishers of a run in it, as an application would have them.</summary>
internal sealed class AkkaHost : IAsyncDisposable
{
    private readonly LinkClient _client;
    private readonly ActorSystem _system;

    /// <param name="client">Which implementation makes the links.</param>
    public AkkaHost(LinkClient client)
    {
        _client = client;
        // A run breaks links by the hundred: what the publishers tell of it would drown the report.
        _system = ActorSystem.Create("faults", ConfigurationFactory.ParseString(
            """
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
            akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
            """));
    }

    public Task<IPublisherUnderTest> StartAsync(PublisherSettings settings, Door door, string subject) =>
        AkkaPublisher.StartAsync(_system, With(settings), door, subject);

    public Task<IPublisherUnderPressure> PressAsync(PublisherSettings settings) =>
        AkkaPressure.StartAsync(_system, With(settings));

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private PublisherSettings With(PublisherSettings settings) =>
        settings with { Connection = settings.Connection with { Client = _client } };
}
