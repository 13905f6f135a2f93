using System.Globalization;

namespace NatsActors.Crash;

/// <summary>What one life of the process had recorded when it was killed.</summary>
internal sealed class LifeBook
{
    private readonly List<(int Number, long Sequence)> _acked = [];
    private readonly HashSet<int> _refused = [];

    public required int Life { get; init; }

    /// <summary>The highest number that was given to the publisher, or was about to be.</summary>
    public int Offered { get; private set; }

    /// <summary>Numbers that got an Ack, with their sequences, in the order of the record.</summary>
    public IReadOnlyList<(int Number, long Sequence)> Acked => _acked;

    public IReadOnlySet<int> Refused => _refused;

    /// <summary>Outcomes, of this life's messages and of those before it: the names of what became of them.</summary>
    public List<(Stamp Message, string Outcome)> Outcomes { get; } = [];

    /// <summary>Messages that were in the journal at the start; null when the journal was not read to its end.</summary>
    public long? Recovered { get; private set; }

    /// <summary>What no kill explains.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Reads the record of a life; an empty one when the life was killed before it began one.</summary>
    public static LifeBook Read(string folder, int life)
    {
        var book = new LifeBook { Life = life };
        var path = LifeRecord.PathOf(folder, life);
        if (File.Exists(path))
        {
            var lines = File.ReadAllText(path).Split('\n');
            // The last line is empty, or was cut by the kill.
            foreach (var line in lines[..^1])
            {
                book.Add(line);
            }
        }

        return book;
    }

    public void Add(string line)
    {
        var words = line.Split(' ', 4);
        switch (words[0])
        {
            case "offered":
                Offered = Number(words[1]);
                break;
            case "acked":
                var sequence = long.Parse(words[3], CultureInfo.InvariantCulture);
                _acked.AddRange(Enumerable.Range(0, Number(words[2])).Select(i => (Number(words[1]) + i, sequence + i)));
                break;
            case "refused":
                _refused.UnionWith(Enumerable.Range(Number(words[1]), Number(words[2])));
                break;
            case "ended":
                Outcomes.Add((Stamp.Parse(words[1]), words[2]));
                break;
            case "recovered":
                Recovered ??= Number(words[1]);
                break;
            default:
                Failures.Add($"life {Life}: {line}");
                break;
        }
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
