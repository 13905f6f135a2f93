namespace NatsActors.Settings;

/// <summary>The keys below <c>nats-actors.akka</c>, which all publishers of an actor system share.</summary>
/// <param name="Dispatcher"><c>akka.dispatcher</c>: where the publishers' actors run.</param>
/// <param name="DrainPhase"><c>akka.drain-phase</c>: the phase of CoordinatedShutdown in which they drain.</param>
internal sealed record HostSettings(string Dispatcher, string DrainPhase);
