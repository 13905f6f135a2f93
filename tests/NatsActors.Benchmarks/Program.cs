using NatsActors.Benchmarks;

return await BenchmarkCommand.RunAsync(args, Console.Out);
