namespace NatsActors.Fuzz;

/// <summary>
/// Chance that is the same everywhere for the same seed (SplitMix64; G. Steele and others, Fast Splittable Pseudorandom Number
/// Generators, 2014). A new one costs nothing, so that every input has its own and can be made again alone.
/// </summary>
internal struct Dice(ulong seed)
{
    private ulong _state = seed;

    public static Dice For(int seed, long index)
    {
        var dice = new Dice(((ulong)(uint)seed << 40) ^ (ulong)index);
        return new Dice(dice.Next64());
    }

    public ulong Next64()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 to <paramref name="below"/>, without the latter.</summary>
    public int Next(int below) => (int)((Next64() >> 33) % (uint)below);

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool OneIn(int times) => Next(times) == 0;

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Next(choices.Length)];
}
