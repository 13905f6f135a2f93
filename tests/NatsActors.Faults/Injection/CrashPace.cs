using System.Diagnostics;

namespace NatsActors.Faults;

/// <summary>
/// Keeps crashes of one publisher's actors so far apart that the head actor never runs out of restarts: more than 30 of one child
/// within a minute end the publisher, and one fault can crash a child twice.
/// </summary>
internal sealed class CrashPace
{
    private static readonly TimeSpan LeastGap = TimeSpan.FromSeconds(4.5);
    private readonly Dictionary<FaultKind, long> _last = [];

    /// <summary>Waits until the actors that the fault crashes may crash again; other faults do not wait.</summary>
    public async Task WaitAsync(FaultKind kind)
    {
        FaultKind[] actors = kind switch
        {
            FaultKind.CrashBothActors => [FaultKind.CrashBufferActor, FaultKind.CrashConnectionActor],
            FaultKind.CrashBufferActor or FaultKind.CrashConnectionActor => [kind],
            _ => [],
        };
        foreach (var actor in actors)
        {
            if (_last.TryGetValue(actor, out var at) && LeastGap - Stopwatch.GetElapsedTime(at) is { } wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System);
            }
        }

        foreach (var actor in actors)
        {
            _last[actor] = Stopwatch.GetTimestamp();
        }
    }
}
