using NatsActors.Testing;

namespace NatsActors.Lab.Tests.Monitoring;

/// <summary>A lab that has had one outage, and a Prometheus that has scraped it before and after.</summary>
public sealed class ScrapedLab : IAsyncLifetime
{
    private LabProcess _lab = null!;

    internal Prometheus Prometheus { get; private set; } = null!;

    internal LabProcess Lab => _lab;

    public async Task InitializeAsync()
    {
        _lab = await LabProcess.StartAsync();
        Prometheus = await Prometheus.StartAsync(new Uri(_lab.Url));
        await Until.TrueAsync(() => HasAsync("natsactors_messages_accepted_total > 0"));
        await _lab.ActAsync("connection/cut");
        await Until.TrueAsync(() => HasAsync("natsactors_reconnects_total > 0 and natsactors_link_up == 1"));
        // A rate needs two scrapes. What there is only since the outage is the last that has had them.
        await Until.TrueAsync(() => HasAsync("count_over_time(natsactors_outage_duration_seconds_count[1m]) > 3"));
        await Until.TrueAsync(() => HasAsync("changes(natsactors_messages_accepted_total[1m]) > 3"));
    }

    internal async ValueTask<bool> HasAsync(string query) => (await Prometheus.QueryAsync(query)).Count > 0;

    public async Task DisposeAsync()
    {
        await Prometheus.DisposeAsync();
        await _lab.DisposeAsync();
    }
}
