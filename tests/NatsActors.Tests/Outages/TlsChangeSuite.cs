using NatsActors.Connection;
using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>Certificates that change under a live publisher, on either side.</summary>
public abstract class TlsChangeSuite(IPublisherHost host) : IDisposable
{
    private const int Attempts = 6;

    /// <summary>
    /// Five waits of full jitter between 5 and 50, 100, 200, 400 and 500 ms add up to less with a chance below one in a million.
    /// </summary>
    private static readonly TimeSpan ShortestOfAttempts = TimeSpan.FromMilliseconds(50);

    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task A_renewed_certificate_disturbs_no_link_and_serves_the_next()
    {
        await using var rig = await StartAsync();
        await rig.Events.NextAsync<Connected>();
        await rig.SendAsync(1, 100);
        _certificates.RenewServer();
        await rig.Server.ReloadAsync(Config);
        await rig.SendAsync(101, 200);
        await rig.FlushAsync();
        Assert.Empty(rig.Events.All.OfType<Disconnected>());

        rig.Proxy.CutWithRst();
        await rig.Events.NextAsync<Reconnected>();
        await rig.SendAsync(201, 300);
        await rig.AssertArrivedAsync(300);
        Assert.Empty(rig.Events.All.OfType<TlsFailed>());
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("of another authority")]
    public async Task A_certificate_that_is_no_longer_good_is_told_once_and_waited_out(string how)
    {
        using var others = new TestCertificates();
        await using var rig = await StartAsync();
        await rig.Events.NextAsync<Connected>();
        await rig.SendAsync(1, 100);
        if (how == "expired")
        {
            _certificates.ExpireServer();
        }
        else
        {
            _certificates.TakeServerFrom(others);
        }

        await rig.Server.ReloadAsync(Config);
        await rig.SendAsync(101, 200);
        await rig.FlushAsync();
        Assert.Empty(rig.Events.All.OfType<Disconnected>());

        var (started, before) = (TimeProvider.System.GetTimestamp(), rig.Proxy.Connections);
        rig.Proxy.CutWithRst();
        var failed = await rig.Events.NextAsync<TlsFailed>();
        Assert.Contains("certificate", failed.Detail, StringComparison.OrdinalIgnoreCase);
        await rig.SendAsync(201, 300);
        await Until.TrueAsync(() => rig.Proxy.Connections >= before + Attempts);

        Assert.True(TimeProvider.System.GetElapsedTime(started) > ShortestOfAttempts, "The publisher asks in a loop.");
        Assert.Equal(100, (await rig.Publisher.StatusAsync()).BufferedMessages);
        _certificates.RenewServer();
        await rig.Server.ReloadAsync(Config);
        await rig.Events.NextAsync<Reconnected>();
        await rig.AssertArrivedAsync(300);
        Assert.Single(rig.Events.All.OfType<TlsFailed>());
        Assert.Equal(LinkLossKind.Closed, Assert.Single(rig.Events.All.OfType<Disconnected>()).Kind);
    }

    [Fact]
    public async Task A_client_certificate_that_is_missing_is_told_and_taken_as_soon_as_it_is_there()
    {
        var away = _certificates.ClientFile + ".away";
        File.Move(_certificates.ClientFile, away);
        await using var rig = await StartAsync(verify: true);
        await rig.SendAsync(1, 100);
        var failed = await rig.Events.NextAsync<TlsFailed>();
        Assert.Contains(_certificates.ClientFile, failed.Detail, StringComparison.Ordinal);
        Assert.Equal(LinkLossKind.Tls, (await rig.Events.NextAsync<Disconnected>()).Kind);

        File.Move(away, _certificates.ClientFile);

        await rig.Events.NextAsync<Connected>();
        await rig.FlushAsync();
        Assert.Equal(100, (await rig.Publisher.StatusAsync()).Totals.Delivered);
        Assert.Single(rig.Events.All.OfType<TlsFailed>());
    }

    /// <summary>The publisher insists on TLS; <c>allow_non_tls</c> is for the reader, which speaks none.</summary>
    private string Config => _certificates.Config() + "\nallow_non_tls: true";

    private Task<Rig> StartAsync(bool verify = false) => Rig.StartAsync(
        host,
        s => s with
        {
            Connection = s.Connection with
            {
                Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(50), Max = TimeSpan.FromMilliseconds(500) },
                Tls = new TlsSettings
                {
                    Mode = TlsMode.Require,
                    CaFile = _certificates.AuthorityFile,
                    CertificateFile = verify ? _certificates.ClientFile : "",
                    KeyFile = verify ? _certificates.ClientKeyFile : "",
                },
            },
        },
        config: verify ? _certificates.Config(", verify: true") + "\nallow_non_tls: true" : Config);
}
