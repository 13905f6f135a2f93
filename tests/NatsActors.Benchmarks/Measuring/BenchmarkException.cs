namespace NatsActors.Benchmarks;

/// <summary>A mode cannot go on; its user is told the message, and no stack trace.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
