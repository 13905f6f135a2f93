using NatsActors.Benchmarks;
using NatsActors.Benchmarks.Akka;

await using var host = new AkkaHost();
return await BenchmarkCommand.RunAsync(
    args, "How fast messages reach a server without subscribers from an Akka.NET system, by both links.", AkkaWays.All(host), Console.Out);
