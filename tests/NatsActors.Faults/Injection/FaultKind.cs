namespace NatsActors.Faults;

/// <summary>What is broken.</summary>
public enum FaultKind
{
    Rst,
    Fin,
    HalfWrite,
    Refusal,
    Hang,
    BlackHole,
    SlowLink,
    PongWithheld,
    TlsHandshakeCut,
    TlsStreamCut,
    AuthChange,
    ForceReconnect,
    CrashBufferActor,
    CrashConnectionActor,
    CrashBothActors,
    SlowConsumer,
    ServerKill,
    ServerStopContinue,
    ServerStopKill,
    StreamFull,
    NodeKill,
    NodeStop,
    NodeLameDuck,
    LeaderKill,
    LeaderStepDown,
    DrainUnderFire,
}

/// <summary>One fault of a schedule.</summary>
/// <param name="Kind">What.</param>
/// <param name="Seed">Decides everything about it that is left to chance.</param>
/// <param name="Gap">The pause before it, from the recovery of the one before.</param>
public readonly record struct PlannedFault(FaultKind Kind, int Seed, TimeSpan Gap);

/// <summary>
/// The faults of a run: a lane for each publisher's link, which run side by side, and one for the servers. The same seed gives
/// the same lanes.
/// </summary>
public static class FaultSchedule
{
    /// <summary>Deals the kinds out evenly, in an order of chance.</summary>
    public static IReadOnlyList<PlannedFault> Lane(int count, IReadOnlyList<FaultKind> kinds, Random random, TimeSpan longestGap)
    {
        var lane = new List<PlannedFault>(count);
        var deck = new Queue<FaultKind>();
        while (kinds.Count > 0 && lane.Count < count)
        {
            if (deck.Count == 0)
            {
                var shuffled = kinds.ToArray();
                random.Shuffle(shuffled);
                deck = new Queue<FaultKind>(shuffled);
            }

            lane.Add(new PlannedFault(deck.Dequeue(), random.Next(), longestGap * random.NextDouble()));
        }

        return lane;
    }
}
