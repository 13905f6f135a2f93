using FsCheck;
using FsCheck.Fluent;
using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>What can happen to an outbox.</summary>
public enum Happening
{
    Accept,
    Take,
    Written,
    Confirm,
    PubAck,
    GiveUp,
    Deny,
    LoseLink,
    LoseLinkWithoutResend,
    Hold,
    TimePasses,
    DropOldest,
    Purge,
    SmallerServer,
    Slice,
    Compact,
    Close,
    ReadPage,
    JournalWrites,
    TakeMark,
    JournalFails,
    Crash,
}

/// <summary>One step; its numbers are taken relative to what is there, so that any sequence of steps makes sense.</summary>
public sealed record OutboxStep(Happening What, int A, int B, int C);

/// <summary>A run: the limits and the steps.</summary>
public sealed record OutboxRun(int MaxBytes, int MaxMessages, int SliceFrames, int SliceBytes, bool HasJournal, OutboxStep[] Steps)
{
    public override string ToString() =>
        $"max-bytes {MaxBytes}, max-messages {MaxMessages}, slices of {SliceFrames} frames, {SliceBytes} bytes{(HasJournal ? ", a journal" : "")}:\n  " + string.Join("\n  ", Steps.Select(step => step.ToString()));
}

/// <summary>Random runs, and smaller ones of a run that failed.</summary>
internal static class OutboxRuns
{
    public const int StepsOfARun = 200;

    private static readonly Gen<int> Number = Gen.Choose(0, 1_000_000);

    private static readonly Gen<int> Size = Gen.Frequency(
        (70, Gen.Choose(20, 200)), (20, Gen.Choose(200, 5_000)), (8, Gen.Choose(5_000, 100_000)), (2, Gen.Choose(100_000, 300_000)));

    private static readonly Gen<OutboxStep> Step = Gen.Frequency(
        (30, Accept), (16, Of(Happening.Take)), (10, Of(Happening.Written)), (9, Of(Happening.Confirm)), (6, Of(Happening.PubAck)),
        (2, Of(Happening.GiveUp)), (2, Of(Happening.Deny)), (3, Of(Happening.LoseLink)), (1, Of(Happening.LoseLinkWithoutResend)),
        (2, Of(Happening.Hold)), (8, Of(Happening.TimePasses)), (4, Of(Happening.DropOldest)), (3, Of(Happening.Purge)),
        (1, Of(Happening.SmallerServer)), (1, Of(Happening.Close)), (20, Of(Happening.Slice)), (3, Of(Happening.Compact)),
        (14, Of(Happening.ReadPage)), (14, Of(Happening.JournalWrites)), (4, Of(Happening.TakeMark)), (1, Of(Happening.JournalFails)),
        (2, Of(Happening.Crash)));

    public static Arbitrary<OutboxRun> Any { get; } = Arb.From(
        from bytes in Gen.Frequency((1, Gen.Choose(300, 20_000)), (3, Gen.Choose(300_000, 2_000_000)))
        from messages in Gen.Frequency((1, Gen.Choose(1, 50)), (3, Gen.Choose(500, 5_000)))
        from sliceFrames in Gen.Frequency((1, Gen.Choose(1, 40)), (2, Gen.Choose(40, 400)), (1, Gen.Constant(SliceLimits.Default.Frames)))
        from sliceBytes in Gen.Choose(1, 256 * 1024)
        from hasJournal in Gen.Elements(true, false)
        from steps in Step.ArrayOf(StepsOfARun)
        select new OutboxRun(bytes, messages, sliceFrames, sliceBytes, hasJournal, steps),
        Shrink);

    private static Gen<OutboxStep> Accept =>
        from size in Size
        from many in Number
        from extras in Number
        select new OutboxStep(Happening.Accept, size, many, extras);

    private static Gen<OutboxStep> Of(Happening what) =>
        from a in Number
        from b in Number
        from c in Number
        select new OutboxStep(what, a, b, c);

    private static IEnumerable<OutboxRun> Shrink(OutboxRun run)
    {
        for (var chunk = run.Steps.Length / 2; chunk >= 1; chunk /= 2)
        {
            for (var at = 0; at + chunk <= run.Steps.Length; at += chunk)
            {
                yield return run with { Steps = [.. run.Steps[..at], .. run.Steps[(at + chunk)..]] };
            }
        }
    }
}
