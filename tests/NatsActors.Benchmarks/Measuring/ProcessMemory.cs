using System.Globalization;
using NatsActors.Buffer;

namespace NatsActors.Benchmarks;

/// <summary>The memory of this process, as Linux counts it (proc_pid_status(5)).</summary>
internal static class ProcessMemory
{
    // Writing this to clear_refs makes the peak what is resident now.
    private const string ResetPeak = "5";

    /// <summary>Begins to look for a peak.</summary>
    /// <param name="fresh">Gives free memory back to the system first: else what is used again does not show.</param>
    /// <returns>Bytes resident now.</returns>
    public static long Begin(bool fresh)
    {
        // Huge pages go back when their finalizers have run.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, fresh ? GCCollectionMode.Aggressive : GCCollectionMode.Forced, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", ResetPeak);
        return Read("VmRSS:");
    }

    /// <summary>The most bytes that were resident since <see cref="Begin"/>.</summary>
    public static long Peak => Read("VmHWM:");

    /// <summary>Bytes of the managed heap and of the buffers' huge pages that are in use, after a collection.</summary>
    public static long Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true) + HugePage.Mapped;
    }

    private static long Read(string key)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return 1024 * long.Parse(line[key.Length..^"kB".Length], CultureInfo.InvariantCulture);
    }
}
