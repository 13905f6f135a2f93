using System.Globalization;

namespace NatsActors.Cluster.Nodes;

/// <summary>The records of all nodes held against what the stream and a subscriber have.</summary>
internal sealed record Account
{
    public required int Acked { get; init; }

    public required int Stored { get; init; }

    /// <summary>Acked, and neither in the stream nor reported as undelivered.</summary>
    public required int Lost { get; init; }

    /// <summary>What was reported as undelivered, in words: nothing in these runs gives a reason for it.</summary>
    public required IReadOnlyList<string> Reported { get; init; }

    public required int OutOfOrder { get; init; }

    public required int StoredTwice { get; init; }

    public required IReadOnlyList<string> Broken { get; init; }

    /// <summary>Makes the account.</summary>
    /// <param name="lines">The lines of all records.</param>
    /// <param name="stored">What the stream has, in its order, or what a subscriber got.</param>
    /// <param name="mayRepeat">A subscriber may see a message again after a fault; a stream may not store it twice.</param>
    public static Account Of(IEnumerable<string> lines, IReadOnlyList<Stamp> stored, bool mayRepeat = false)
    {
        var acked = new HashSet<Stamp>();
        var confirmed = new Dictionary<Stamp, string>();
        var failures = new List<string>();
        var notes = new List<string>();
        var reported = new Dictionary<Stamp, string>();
        foreach (var words in lines.Select(static line => line.Split(' ')))
        {
            switch (words[0])
            {
                case "acked":
                    acked.Add(Stamp.Parse(words[1]));
                    break;
                case "stored":
                    confirmed[Stamp.Parse(words[1])] = string.Join(' ', words[2..]);
                    break;
                case "undelivered":
                    reported[Stamp.Parse(words[1])] = string.Join(' ', words[2..]);
                    break;
                case "note":
                    notes.Add(string.Join(' ', words[1..]));
                    break;
                default:
                    failures.Add(string.Join(' ', words));
                    break;
            }
        }

        var seen = stored.ToHashSet();
        var missing = acked.Where(stamp => !seen.Contains(stamp) && !reported.ContainsKey(stamp)).ToList();
        var back = OutOfOrderIn(stored);
        var lost = missing.Count;
        var twice = stored.Count - seen.Count;
        var broken = new List<string>(failures);
        Expect(lost, $"{lost} messages with an Ack are lost: {Few(missing.Select(Told))}");
        broken.AddRange(missing.Take(1).SelectMany(
            stamp => notes.Where(note => note.Contains($"-{stamp.Key},", StringComparison.Ordinal)).Order(StringComparer.Ordinal)));
        Expect(back.Count, $"{back.Count} messages are out of order: {Few(back)}");
        Expect(mayRepeat ? 0 : twice, $"{twice} messages are stored twice: {Few(stored.GroupBy(static stamp => stamp).Where(static group => group.Count() > 1).Select(static group => group.Key))}");
        return new Account
        {
            Acked = acked.Count, Stored = seen.Count, Lost = lost, Reported = [.. reported.Select(static one => $"{one.Key} {one.Value}")], OutOfOrder = back.Count, StoredTwice = twice, Broken = broken,
        };

        // What a server has confirmed and no copy of the stream has, the servers have lost.
        string Told(Stamp stamp) => confirmed.TryGetValue(stamp, out var sequence) ? $"{stamp} (confirmed: {sequence})" : $"{stamp}";

        void Expect(int count, string promise)
        {
            if (count != 0)
            {
                broken.Add(promise);
            }
        }
    }

    /// <summary>First occurrences that come behind a higher number of the same sender and key.</summary>
    private static List<string> OutOfOrderIn(IReadOnlyList<Stamp> stored)
    {
        var (last, seen, back) = (new Dictionary<(string, string), int>(), new HashSet<Stamp>(), new List<string>());
        foreach (var stamp in stored.Where(seen.Add))
        {
            var highest = last.GetValueOrDefault((stamp.Sender, stamp.Key));
            if (stamp.Number < highest)
            {
                back.Add($"{stamp} after {highest}");
            }

            last[(stamp.Sender, stamp.Key)] = Math.Max(highest, stamp.Number);
        }

        return back;
    }

    private static string Few<T>(IEnumerable<T> all) => string.Join(", ", all.Take(6));
}
