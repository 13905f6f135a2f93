using Akka.Actor;

namespace NatsActors.Cluster.Gateway;

/// <summary>How large a message between two systems may be.</summary>
internal static class RemoteFrames
{
    /// <summary>
    /// The largest piece, whatever the frame allows. Akka.Remote copies each message eight times. Copies of 85,000 bytes and more go to
    /// .NET's large object heap: with pieces of 125 KB a message took twice the processor time, with 1 MB 1.5 times.
    /// </summary>
    private const int MostPiece = 64 * 1024;

    /// <summary>What Akka.Remote's envelopes and two actors' paths may take of a frame.</summary>
    private const int EnvelopeBytes = 2048;

    /// <summary>The frame of a system without Akka.Remote: it never sends one.</summary>
    private const long NoFrame = 128_000;

    /// <summary>The smallest limit that any system is given: a smaller one would be refused by Akka.Remote.</summary>
    public const int Least = 16 * 1024;

    /// <summary>The most bytes of a piece of a batch between a system that takes messages of this size and one that takes the other.</summary>
    public static int PieceBytes(int here, int there) =>
        Math.Min(MostPiece, Math.Max(Least, Math.Min(here, there))) - Chunk.MaxHeaderBytes;

    /// <summary>The most bytes of a serialized message: the smallest <c>maximum-frame-size</c> of the enabled transports less a margin.</summary>
    public static int MaxMessageBytes(ActorSystem system)
    {
        var config = system.Settings.Config;
        var frame = config.GetStringList("akka.remote.enabled-transports", [])
            .Select(transport => config.GetByteSize($"{transport}.maximum-frame-size", null))
            .Min() ?? NoFrame;
        return (int)Math.Clamp(frame - EnvelopeBytes, Least, int.MaxValue / 2);
    }
}
