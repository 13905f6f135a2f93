using Xunit;

// A lab, its server, a browser and a Prometheus are enough for two cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
