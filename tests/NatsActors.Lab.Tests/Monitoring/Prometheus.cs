using System.Net.Http.Json;
using System.Text.Json;
using NatsActors.Testing;

namespace NatsActors.Lab.Tests.Monitoring;

/// <summary>
/// A real Prometheus on a loopback port of its own, with a folder of its own, that scrapes one target every second and evaluates the
/// alert rules of docs/monitoring. Ends by its process id; disposal deletes the folder.
/// </summary>
internal sealed class Prometheus : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("prometheus-").FullName;
    private readonly HttpClient _client;
    private ProgramProcess? _process;

    private Prometheus(int port)
    {
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public static string AlertRules => Repository.PathTo("docs", "monitoring", "alerts.yaml");

    /// <summary>Starts a Prometheus that scrapes <paramref name="target"/>, and waits until it answers.</summary>
    public static async Task<Prometheus> StartAsync(Uri target)
    {
        var port = LoopbackPorts.Next();
        var prometheus = new Prometheus(port);
        try
        {
            await prometheus.RunAsync(port, target);
            return prometheus;
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    /// <summary>The result of a query now; a query that does not parse fails with the server's words.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string query) =>
        [.. (await GetAsync($"api/v1/query?query={Uri.EscapeDataString(query)}")).GetProperty("result").EnumerateArray()];

    /// <summary>The names of all metrics that were scraped.</summary>
    public async Task<IReadOnlySet<string>> MetricsAsync() =>
        (await GetAsync("api/v1/label/__name__/values")).EnumerateArray().Select(name => name.GetString()!).ToHashSet();

    /// <summary>The alert rules, as Prometheus has read them.</summary>
    public async Task<IReadOnlyList<JsonElement>> RulesAsync() =>
        [.. (await GetAsync("api/v1/rules")).GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())];

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task RunAsync(int port, Uri target)
    {
        var config = Path.Combine(_folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [ "{{AlertRules}}" ]
            scrape_configs:
              - job_name: outage-lab
                static_configs: [ { targets: [ "{{target.Authority}}" ] } ]
            """);
        _process = ProgramProcess.Start(InstalledProgram.Find("PROMETHEUS", "prometheus"),
        [
            $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(_folder, "data")}", $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        ]);
        await Until.TrueAsync(IsReadyAsync, text: $"Prometheus is ready on port {port}");
    }

    private async ValueTask<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _client.GetAsync("-/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await _client.GetAsync(path);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return body.GetProperty("status").GetString() == "success"
            ? body.GetProperty("data")
            : throw new InvalidOperationException($"{Uri.UnescapeDataString(path)}: {body.GetProperty("error").GetString()}");
    }
}
