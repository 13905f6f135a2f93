using NatsActors.Protocol;

namespace NatsActors.Fuzz;

/// <summary>
/// All that is checked of one input. Everything that is left to chance comes from the input itself, so that its bytes alone
/// repeat the check.
/// </summary>
internal static class FuzzCase
{
    private const int LongestByteByByte = 1500;

    /// <summary>Small enough that short inputs pass them; still longer than what a violation quotes.</summary>
    private static readonly ReaderLimits Small = new() { ControlLine = 128, ErrorLine = 256, InfoLine = 1024, Message = 512 };

    private static readonly ReaderLimits Usual = new();

    /// <summary>Reads the input whole and in pieces.</summary>
    /// <exception cref="Exception">A promise was broken, or the parser threw.</exception>
    public static Reading.Result Check(ReadOnlySpan<byte> input)
    {
        var hash = Hash(input);
        var limits = (hash & 3) == 0 ? Small : Usual;
        var whole = Reading.Of(input, limits, static _ => int.MaxValue);
        var dice = new Dice(hash);
        var longest = 1 + dice.Next(input.Length <= LongestByteByByte && dice.OneIn(2) ? 8 : Math.Max(8, input.Length));
        Same(whole, Reading.Of(input, limits, _ => 1 + dice.Next(longest)), "in pieces");
        if (input.Length <= LongestByteByByte && (hash & 12) == 0)
        {
            Same(whole, Reading.Of(input, limits, static _ => 1), "byte by byte");
        }

        return whole;
    }

    private static void Same(Reading.Result whole, Reading.Result split, string how)
    {
        if (whole != split)
        {
            throw new BrokenPromiseException($"read {how} it is {split}, and whole it is {whole}");
        }
    }

    /// <summary>FNV-1a over at most the first bytes: the same in every process, which <see cref="HashCode"/> is not.</summary>
    private static ulong Hash(ReadOnlySpan<byte> input)
    {
        var hash = 14695981039346656037 ^ (ulong)input.Length;
        foreach (var b in input[..Math.Min(input.Length, 4096)])
        {
            hash = (hash ^ b) * 1099511628211;
        }

        return hash;
    }
}
