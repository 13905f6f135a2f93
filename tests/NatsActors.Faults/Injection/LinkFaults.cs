using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>Faults of one publisher's link, and of the publisher itself; the server lives.</summary>
internal static class LinkFaults
{
    private static readonly TimeSpan CutTimeout = TimeSpan.FromSeconds(20);

    public static async Task InjectAsync(FaultKind kind, CuttingProxy proxy, IPublisherUnderTest publisher, Random random)
    {
        switch (kind)
        {
            case FaultKind.Rst:
                proxy.CutWithRst();
                break;
            case FaultKind.Fin:
                proxy.CutWithFin();
                break;
            case FaultKind.HalfWrite:
                await proxy.CutAfterBytes(random.Next(1, 3000)).WaitAsync(CutTimeout);
                break;
            case FaultKind.TlsHandshakeCut:
                proxy.CutWithRst();
                await proxy.CutAfterBytes(random.Next(1, 250)).WaitAsync(CutTimeout);
                break;
            case FaultKind.TlsStreamCut:
                await proxy.CutAfterBytes(random.Next(500, 8000)).WaitAsync(CutTimeout);
                break;
            case FaultKind.Refusal:
                proxy.Refuse();
                proxy.CutWithRst();
                await PauseAsync(random, 100, 500);
                proxy.Accept();
                break;
            case FaultKind.Hang:
                await proxy.Hang(TimeSpan.FromMilliseconds(random.Next(700, 1200)));
                break;
            case FaultKind.BlackHole:
                proxy.BlackHole();
                await PauseAsync(random, 700, 1200);
                proxy.Release();
                break;
            case FaultKind.SlowLink:
                proxy.SlowTo(random.Next(4_000, 40_000));
                await PauseAsync(random, 700, 1500);
                proxy.Release();
                break;
            case FaultKind.PongWithheld:
                proxy.WithholdPongs();
                await PauseAsync(random, 700, 1200);
                proxy.Release();
                break;
            case FaultKind.ForceReconnect:
                publisher.ForceReconnect();
                break;
            default:
                publisher.TryCrash(PointOf(kind, random));
                break;
        }
    }

    /// <summary>Puts a proxy into good order, whatever was going on.</summary>
    public static void Heal(CuttingProxy proxy)
    {
        proxy.Release();
        proxy.Accept();
    }

    public static Task PauseAsync(Random random, int leastMilliseconds, int mostMilliseconds) =>
        Task.Delay(TimeSpan.FromMilliseconds(random.Next(leastMilliseconds, mostMilliseconds)), TimeProvider.System);

    private static CrashPoint PointOf(FaultKind kind, Random random)
    {
        var points = Enum.GetValues<CrashPoint>().Where(point => point == CrashPoint.Both
            ? kind == FaultKind.CrashBothActors
            : kind == (point < CrashPoint.ConnectionNow ? FaultKind.CrashBufferActor : FaultKind.CrashConnectionActor)).ToArray();
        return points[random.Next(points.Length)];
    }
}
