using System.Globalization;
using System.Text;

namespace NatsActors.Cluster.Nodes;

/// <summary>What a run found, as a table and as broken promises.</summary>
public sealed class ClusterReport
{
    private readonly ClusterOptions _options;
    private readonly Account _account;
    private readonly IReadOnlyDictionary<string, int> _faults;
    private readonly TimeSpan _wall;

    internal ClusterReport(
        ClusterOptions options, Account account, IReadOnlyDictionary<string, int> faults, IReadOnlyList<string> broken, TimeSpan wall)
    {
        (_options, _account, _faults, Broken, _wall) = (options, account, faults, broken, wall);
    }

    /// <summary>Every promise that was not kept; empty is success.</summary>
    public IReadOnlyList<string> Broken { get; }

    public int Acked => _account.Acked;

    public override string ToString()
    {
        var text = new StringBuilder();
        Line(text, $"mode {_options.Mode.ToString().ToLowerInvariant()}{(_options.Plain ? ", plain subjects" : "")}, seed {_options.Seed}; {string.Join(", ", _faults.Select(static fault => $"{fault.Key} {fault.Value}"))}");
        Line(text, $"");
        Line(text, $"| kills | partitions | Acked | stored | reported undelivered | lost | out of order | {(_options.Plain ? "seen again" : "stored twice")} | wall time |");
        Line(text, $"|---|---|---|---|---|---|---|---|---|");
        Line(text, $"| {_options.Kills} | {_options.Partitions} | {_account.Acked} | {_account.Stored} | {_account.Reported.Count} | {_account.Lost} | {_account.OutOfOrder} | {_account.StoredTwice} | {_wall.TotalSeconds:0} s |");
        Line(text, $"");
        foreach (var reported in _account.Reported)
        {
            Line(text, $"undelivered {reported}");
        }

        foreach (var promise in Broken)
        {
            Line(text, $"BROKEN {promise}");
        }

        Line(text, $"{(Broken.Count == 0 ? "every promise held" : $"{Broken.Count} promises broken")}");
        return text.ToString();
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
