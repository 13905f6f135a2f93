using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using NatsActors.Benchmarks.Micro;

// Without arguments all of it, or the program would ask.
BenchmarkSwitcher.FromAssembly(typeof(EncoderBenchmarks).Assembly)
    .Run(args.Length > 0 ? args : ["--filter", "*"], DefaultConfig.Instance.WithArtifactsPath("artifacts/micro"));
