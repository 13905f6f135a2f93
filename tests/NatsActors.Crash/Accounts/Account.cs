namespace NatsActors.Crash;

/// <summary>The records of all lives held against what the reader got, and every promise that was broken.</summary>
internal sealed record Account
{
    public required long Acked { get; init; }

    public required long Read { get; init; }

    /// <summary>Got an Ack, cannot have expired, and was never read.</summary>
    public required long Lost { get; init; }

    /// <summary>Got an Ack, and expired while it waited.</summary>
    public required long Expired { get; init; }

    public required long OutOfOrder { get; init; }

    /// <summary>What a stream has twice.</summary>
    public required long StoredTwice { get; init; }

    /// <summary>What plain subscribers saw again, for any reason.</summary>
    public required long Duplicates { get; init; }

    /// <summary>The most wire bytes that one kill sent again.</summary>
    public required long MostBytesAgain { get; init; }

    public required long MarkBytes { get; init; }

    /// <summary>How many kills found messages between two steps, by the steps.</summary>
    public required IReadOnlyDictionary<string, int> Hits { get; init; }

    public required IReadOnlyList<string> Broken { get; init; }

    /// <summary>Makes the account.</summary>
    /// <param name="lives">The records; of the last lives, which were not killed, too.</param>
    /// <param name="seen">What a subscriber got.</param>
    /// <param name="stored">What the stream has; null without a stream.</param>
    /// <param name="kills">How many of the lives were killed.</param>
    /// <param name="markBytes">The bound of what a kill sends again.</param>
    public static Account Of(IReadOnlyList<LifeBook> lives, Arrivals seen, Arrivals? stored, int kills, long markBytes)
    {
        var read = stored ?? seen;
        var broken = new List<string>();
        void Expect(long count, string promise)
        {
            if (count != 0)
            {
                broken.Add(promise);
            }
        }

        List<Stamp> missing = [.. lives.SelectMany(life => life.Acked.Select(acked => new Stamp(life.Life, acked.Number))).Where(stamp => !read.Has(stamp))];
        List<Stamp> lost = [.. missing.Where(stamp => !stamp.MayExpire)];
        List<Stamp> refused = [.. lives.SelectMany(life => life.Refused.Select(number => new Stamp(life.Life, number))).Where(read.Has)];
        List<string> told = [.. lives.SelectMany(life => life.Outcomes.Select(outcome => (life.Life, outcome.Message, outcome.Outcome)))
            .Where(one => one.Outcome is not (nameof(UndeliveredReason.Expired) or nameof(UndeliveredReason.Kept))
                && (one.Outcome is not (nameof(Delivered) or nameof(Stored)) || !read.Has(one.Message)))
            .Select(one => $"{one.Message} {one.Outcome} in life {one.Life}")];
        var sequences = SequencesBack(lives);
        // One frame may go beyond the bound; the longest has less than this.
        var again = seen.SeenAgain.Where(one => one.Value > markBytes + LongestFrame).ToList();
        Expect(lost.Count, $"{lost.Count} messages with an Ack are lost: {Few(lost)}");
        Expect(read.OutOfOrder, $"{read.OutOfOrder} messages out of order: {Few(read.Examples)}");
        Expect(read.Corrupt, $"{read.Corrupt} messages arrived with other contents");
        Expect(refused.Count, $"{refused.Count} messages arrived that were refused: {Few(refused)}");
        Expect(told.Count, $"{told.Count} outcomes are not true: {Few(told)}");
        Expect(sequences.Count, $"{sequences.Count} sequences of Acks do not rise: {Few(sequences)}");
        Expect(stored?.Duplicates ?? 0, $"the stream has {stored?.Duplicates} messages twice");
        Expect(again.Count, $"kills sent more than {markBytes} bytes again: {Few(again.Select(one => $"{one.Value} in life {one.Key}"))}");
        broken.AddRange(lives.SelectMany(life => life.Failures));
        return new Account
        {
            Acked = lives.Sum(life => (long)life.Acked.Count),
            Read = read.Distinct,
            Lost = lost.Count,
            Expired = missing.Count - lost.Count,
            OutOfOrder = read.OutOfOrder,
            StoredTwice = stored?.Duplicates ?? 0,
            Duplicates = seen.Duplicates,
            MostBytesAgain = seen.SeenAgain.Values.DefaultIfEmpty().Max(),
            MarkBytes = markBytes,
            Hits = HitsOf([.. lives.Take(kills)], seen, read),
            Broken = broken,
        };
    }

    private const int LongestFrame = 20_100;

    /// <summary>Acks of one life must have rising sequences in the order of their numbers, and no sequence is given away twice.</summary>
    private static List<string> SequencesBack(IReadOnlyList<LifeBook> lives)
    {
        var back = new List<string>();
        var last = 0L;
        foreach (var life in lives)
        {
            foreach (var (number, sequence) in life.Acked.OrderBy(acked => acked.Number))
            {
                if (sequence <= last)
                {
                    back.Add($"{sequence} of {new Stamp(life.Life, number)} after {last}");
                }

                last = Math.Max(last, sequence);
            }
        }

        return back;
    }

    private static Dictionary<string, int> HitsOf(IReadOnlyList<LifeBook> killed, Arrivals seen, Arrivals read)
    {
        int Count(Func<LifeBook, bool> hit) => killed.Count(hit);
        bool Unanswered(LifeBook life, bool wasRead)
        {
            var answered = life.Acked.Select(acked => acked.Number).Concat(life.Refused).ToHashSet();
            return Enumerable.Range(1, life.Offered).Any(number => !answered.Contains(number) && read.Has(new Stamp(life.Life, number)) == wasRead);
        }

        return new Dictionary<string, int>
        {
            ["before the journal was read"] = Count(life => life.Recovered is null),
            ["between accept and persist"] = Count(life => Unanswered(life, wasRead: false)),
            ["between persist and Ack"] = Count(life => Unanswered(life, wasRead: true)),
            ["between Ack and write"] = Count(life => life.Acked.Any(acked => seen.LifeOf(new Stamp(life.Life, acked.Number)) > life.Life)),
            ["between write and mark"] = Count(life => seen.SeenAgain.ContainsKey(life.Life + 1)),
        };
    }

    private static string Few<T>(IEnumerable<T> all) => string.Join(", ", all.Take(6));
}
