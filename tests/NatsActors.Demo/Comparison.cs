using System.Globalization;

namespace NatsActors.Demo;

/// <summary>
/// What arrived beside what was sent. A line counts once as arrived; a further copy is a duplicate; a first copy behind a later
/// line's first copy is out of order.
/// </summary>
internal sealed record Comparison(int Sent, int Arrived, int Lost, int Duplicated, int OutOfOrder, int Foreign)
{
    public static Comparison Of(IReadOnlyList<string> sent, IEnumerable<string> arrived)
    {
        var seen = new bool[sent.Count];
        int count = 0, duplicated = 0, outOfOrder = 0, foreign = 0, last = -1;
        foreach (var line in arrived)
        {
            count++;
            var space = line.IndexOf(' ');
            var known = int.TryParse(line.AsSpan(0, Math.Max(0, space)), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= 1 && number <= sent.Count && sent[number - 1] == line;
            if (!known)
            {
                foreign++;
            }
            else if (seen[number - 1])
            {
                duplicated++;
            }
            else
            {
                seen[number - 1] = true;
                outOfOrder += number < last ? 1 : 0;
                last = Math.Max(last, number);
            }
        }

        return new Comparison(sent.Count, count, seen.Count(arrived => !arrived), duplicated, outOfOrder, foreign);
    }

    public override string ToString() => FormattableString.Invariant(
        $"lost {Lost}, duplicated {Duplicated}, out of order {OutOfOrder}{(Foreign > 0 ? $", altered {Foreign}" : "")}");
}
