using NatsActors.Benchmarks;

return await BenchmarkCommand.RunAsync(
    args, "How fast messages reach a server without subscribers, by each way into the embedded publisher.", EmbeddedWays.All, Console.Out);
