namespace NatsActors.Fuzz;

/// <summary>
/// About how many different numbers were added, in two mebibytes whatever their count (linear counting; K. Whang and others,
/// A Linear-Time Probabilistic Counting Algorithm for Database Applications, 1990).
/// </summary>
internal sealed class DistinctCount
{
    private const int Bits = 1 << 24;
    private readonly ulong[] _seen = new ulong[Bits / 64];
    private int _set;

    public void Add(int value)
    {
        var at = new Dice((uint)value).Next(Bits);
        ref var word = ref _seen[at / 64];
        var bit = 1UL << (at % 64);
        _set += (word & bit) == 0 ? 1 : 0;
        word |= bit;
    }

    public long Estimate => (long)Math.Round(-Bits * Math.Log(1 - ((double)Math.Min(_set, Bits - 1) / Bits)));
}
