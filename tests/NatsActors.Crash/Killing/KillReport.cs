using System.Globalization;
using System.Text;

namespace NatsActors.Crash;

/// <summary>What a run found, as a table and as broken promises.</summary>
public sealed class KillReport
{
    private readonly CrashOptions _options;
    private readonly Account _account;
    private readonly IReadOnlyDictionary<string, int> _episodes;
    private readonly TimeSpan _wall;

    internal KillReport(
        CrashOptions options, Account account, IReadOnlyDictionary<string, int> episodes, IReadOnlyList<string> broken, TimeSpan wall)
    {
        (_options, _account, _episodes, Broken, _wall) = (options, account, episodes, broken, wall);
    }

    /// <summary>Every promise that was not kept; empty is success.</summary>
    public IReadOnlyList<string> Broken { get; }

    /// <summary>How many kills found messages between two steps, by the steps.</summary>
    public IReadOnlyDictionary<string, int> Hits => _account.Hits;

    public override string ToString()
    {
        var text = new StringBuilder();
        Line(text, $"mode {_options.Mode.ToString().ToLowerInvariant()}, seed {_options.Seed}, journal in {(_options.Postgres is null ? "SQLite" : "PostgreSQL")}, mark-bytes {_account.MarkBytes}");
        Line(text, $"server: {Listed(_episodes)}");
        Line(text, $"kills: {Listed(Hits)}");
        Line(text, $"");
        Line(text, $"| kills | Acked | read | lost | expired | out of order | stored twice | seen again | most bytes again after a kill | wall time |");
        Line(text, $"|---|---|---|---|---|---|---|---|---|---|");
        Line(text, $"| {_options.Kills} | {_account.Acked} | {_account.Read} | {_account.Lost} | {_account.Expired} | {_account.OutOfOrder} | {_account.StoredTwice} | {_account.Duplicates} | {_account.MostBytesAgain} | {_wall.TotalSeconds:0} s |");
        Line(text, $"");
        foreach (var promise in Broken)
        {
            Line(text, $"BROKEN {promise}");
        }

        Line(text, $"{(Broken.Count == 0 ? "every promise held" : $"{Broken.Count} promises broken")}");
        return text.ToString();
    }

    private static string Listed(IReadOnlyDictionary<string, int> counts) =>
        string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"));

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
