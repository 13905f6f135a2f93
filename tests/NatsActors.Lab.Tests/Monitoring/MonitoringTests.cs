using System.Text.Json;
using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Lab.Tests.Monitoring;

/// <summary>Each query of the dashboard and of the alert rules, against a real Prometheus that scrapes the lab.</summary>
public sealed partial class MonitoringTests(ScrapedLab scraped) : IClassFixture<ScrapedLab>
{
    private static readonly JsonElement Dashboard =
        JsonDocument.Parse(File.ReadAllText(Repository.PathTo("docs", "monitoring", "grafana-dashboard.json"))).RootElement;

    // Metrics of publishers with a journal, which the lab's publisher has not.
    private static readonly string[] OfJournals = ["natsactors_journal_up"];

    public static TheoryData<string, string> Panels
    {
        get
        {
            var panels = new TheoryData<string, string>();
            foreach (var panel in Dashboard.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _)))
            {
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    panels.Add(panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!);
                }
            }

            return panels;
        }
    }

    [Theory]
    [MemberData(nameof(Panels))]
    public async Task A_panel_shows_series_of_metrics_that_are_there(string panel, string expression)
    {
        // What Grafana puts in for its variables.
        var query = expression
            .Replace("$__rate_interval", "30s", StringComparison.Ordinal)
            .Replace("$__range", "1m", StringComparison.Ordinal)
            .Replace("$publisher", ".+", StringComparison.Ordinal);
        Assert.DoesNotContain("$", query, StringComparison.Ordinal);

        await AssertMetricsExistAsync(panel, query);
        // A scrape that a busy machine holds up ends the series until the next one.
        await Until.TrueAsync(async () => (await scraped.Prometheus.QueryAsync(query)).Count > 0, text: query);
    }

    [Fact]
    public async Task Every_alert_asks_for_metrics_that_are_there_and_says_what_to_do()
    {
        IReadOnlyList<JsonElement> rules = [];
        await Until.TrueAsync(async () =>
            (rules = await scraped.Prometheus.RulesAsync()).Count > 0 && rules.All(rule => rule.GetProperty("health").GetString() == "ok"));

        foreach (var rule in rules)
        {
            var name = rule.GetProperty("name").GetString()!;
            await AssertMetricsExistAsync(name, rule.GetProperty("query").GetString()!);
            Assert.Contains(rule.GetProperty("labels").GetProperty("severity").GetString(), new[] { "critical", "warning" });
            Assert.NotEqual("", rule.GetProperty("annotations").GetProperty("summary").GetString());
            Assert.NotEqual("", rule.GetProperty("annotations").GetProperty("description").GetString());
        }
    }

    [Fact]
    public async Task An_outage_of_the_lab_raises_the_alert_for_the_link_and_its_end_takes_it_back()
    {
        const string Alert = "ALERTS{alertname=\"NatsActorsLinkDown\", publisher=\"lab\"}";
        Assert.False(await scraped.HasAsync(Alert));

        await scraped.Lab.ActAsync("server/kill");
        await Until.TrueAsync(() => scraped.HasAsync(Alert));
        await scraped.Lab.ActAsync("server/restart");

        await Until.TrueAsync(async () => !await scraped.HasAsync(Alert));
    }

    [Fact]
    public async Task The_dashboard_asks_for_its_data_source_and_lists_the_publishers()
    {
        var variables = Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray()
            .ToDictionary(variable => variable.GetProperty("name").GetString()!);
        var values = LabelValues().Match(variables["publisher"].GetProperty("definition").GetString()!);

        Assert.Equal("datasource", variables["datasource"].GetProperty("type").GetString());
        Assert.DoesNotContain(
            UidOfDataSource().Matches(Dashboard.GetRawText()), uid => uid.Groups["uid"].Value != "${datasource}");
        await Until.TrueAsync(async () => (await scraped.Prometheus.QueryAsync(values.Groups["metric"].Value))
            .Any(each => each.GetProperty("metric").GetProperty(values.Groups["label"].Value).GetString() == "lab"));
    }

    [Fact]
    public async Task Promtool_accepts_the_rules_and_each_alert_fires_for_its_own_series_only()
    {
        var folder = Directory.CreateTempSubdirectory("alerts-");
        try
        {
            var rules = Path.Combine(folder.FullName, "alerts.yaml");
            var tests = Path.Combine(folder.FullName, "alerts-test.yaml");
            File.Copy(Prometheus.AlertRules, rules);
            File.Copy(Repository.PathTo("tests", "NatsActors.Lab.Tests", "Monitoring", "alerts-test.yaml"), tests);

            await AssertPromtoolAsync("check", rules);
            await AssertPromtoolAsync("test", tests);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task AssertMetricsExistAsync(string user, string query)
    {
        var known = await scraped.Prometheus.MetricsAsync();
        var names = MetricName().Matches(query).Select(name => name.Value).ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.True(known.Contains(name) || OfJournals.Contains(name), $"{user} asks for {name}, which the lab does not have"));
    }

    private static async Task AssertPromtoolAsync(string command, string file)
    {
        await using var promtool = ProgramProcess.Start(InstalledProgram.Find("PROMTOOL", "promtool"), [command, "rules", file]);
        Assert.True(await promtool.EndAsync() == 0, promtool.Output);
    }

    [GeneratedRegex(@"\b(natsactors|messaging)_\w+")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"label_values\((?<metric>\w+), (?<label>\w+)\)")]
    private static partial Regex LabelValues();

    [GeneratedRegex("\"uid\": \"(?<uid>[^\"]*)\"(?=\\s*\\})")]
    private static partial Regex UidOfDataSource();
}
