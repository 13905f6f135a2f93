namespace NatsActors.Faults;

/// <summary>
/// What the independent reader got of one publisher. A message counts where it arrived first: one that is first seen behind a
/// higher number is out of order, one that is seen again is a duplicate. Used by one thread at a time.
/// </summary>
public sealed class Arrivals
{
    private readonly List<string> _examples = [];
    private bool[] _seen = new bool[1024];
    private long _highest;

    public long Distinct { get; private set; }

    public long Duplicates { get; private set; }

    public long OutOfOrder { get; private set; }

    /// <summary>Messages whose content is not what was published.</summary>
    public long Corrupt { get; private set; }

    /// <summary>The first messages that were out of order, in words.</summary>
    public IReadOnlyList<string> Examples => _examples;

    public void Add(ReadOnlySpan<byte> payload)
    {
        if (!Payloads.TryRead(payload, out var number))
        {
            Corrupt++;
            return;
        }

        while (number >= _seen.Length)
        {
            Array.Resize(ref _seen, _seen.Length * 2);
        }

        if (_seen[number])
        {
            Duplicates++;
            return;
        }

        _seen[number] = true;
        Distinct++;
        if (number < _highest)
        {
            OutOfOrder++;
            if (_examples.Count < 5)
            {
                _examples.Add($"{number} after {_highest}");
            }
        }

        _highest = Math.Max(_highest, number);
    }

    public bool Has(long number) => number < _seen.Length && _seen[number];
}
