namespace NatsActors.Tests;

/// <summary>Tests that measure memory or time, or that hold up threads of the pool: nothing runs beside them.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
