using System.Net;
using System.Net.Sockets;
using System.Text;
using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>
/// One server that lives through the run, and a subscriber on it from before the first message: what a fence has passed, the
/// subscriber must have. Every publisher has its own proxy and its own user; every second one uses TLS.
/// </summary>
internal sealed class FenceStage : Stage
{
    private static readonly FaultKind[] Plain =
    [
        FaultKind.Rst, FaultKind.Fin, FaultKind.HalfWrite, FaultKind.Refusal, FaultKind.Hang, FaultKind.BlackHole, FaultKind.SlowLink,
        FaultKind.PongWithheld, FaultKind.AuthChange, FaultKind.ForceReconnect, FaultKind.CrashBufferActor,
        FaultKind.CrashConnectionActor, FaultKind.CrashBothActors,
    ];

    private const int FloodMessage = 64 * 1024;
    private const int FloodBytes = 54 * 1024 * 1024;
    private static readonly TimeSpan FloodTimeout = TimeSpan.FromSeconds(20);

    private readonly NatsServer _server;
    private readonly NatsReader _reader;
    private readonly Certificates _certificates;
    private readonly CuttingProxy[] _proxies;
    private readonly Arrivals[] _arrivals;
    private readonly int[] _passwords;
    private readonly SemaphoreSlim _reloading = new(1, 1);

    private FenceStage(NatsServer server, NatsReader reader, Certificates certificates, int publishers)
    {
        (_server, _reader, _certificates) = (server, reader, certificates);
        _proxies = [.. Enumerable.Range(0, publishers).Select(_ => CuttingProxy.Start(server.Port))];
        _arrivals = [.. Enumerable.Range(0, publishers).Select(_ => new Arrivals())];
        _passwords = new int[publishers];
    }

    public override IReadOnlyList<FaultKind> ServerKinds { get; } = [FaultKind.SlowConsumer];

    public override double ServerShare => 0.02;

    public override bool Once => false;

    public static async Task<FenceStage> StartAsync(int publishers)
    {
        var certificates = new Certificates();
        var server = await NatsServer.StartAsync(new NatsServerOptions { Config = ConfigOf(certificates, new int[publishers]) });
        var reader = await NatsReader.ConnectAsync(server.Port, "reader", "reader");
        var stage = new FenceStage(server, reader, certificates, publishers);
        await reader.SubscribeAsync("faults.*", message => stage._arrivals[PublisherOf(message.Subject)].Add(message.Payload));
        return stage;
    }

    public override IReadOnlyList<FaultKind> LinkKinds(int publisher) =>
        UsesTls(publisher) ? [.. Plain, FaultKind.TlsHandshakeCut, FaultKind.TlsStreamCut] : Plain;

    public override IReadOnlyList<CuttingProxy> ProxiesOf(int publisher) => [_proxies[publisher]];

    public override PublisherSettings SettingsFor(int publisher, PublisherSettings common) => common with
    {
        Connection = common.Connection with
        {
            Servers = [_proxies[publisher].Url],
            Credentials = NatsCredentials.UserPassword(Logins.UserOf(SubjectOf(publisher)), Logins.Password),
            Tls = UsesTls(publisher)
                ? new TlsSettings { Mode = TlsMode.Require, CaFile = _certificates.AuthorityFile }
                : common.Connection.Tls,
        },
    };

    public override async Task InjectAsync(FaultKind kind, int publisher, IPublisherUnderTest target, Random random)
    {
        if (kind == FaultKind.AuthChange)
        {
            await ReloadAsync(publisher, 1);
            await LinkFaults.PauseAsync(random, 100, 500);
            await ReloadAsync(publisher, 0);
            return;
        }

        if (kind == FaultKind.SlowConsumer)
        {
            await SlowConsumerAsync(random);
            return;
        }

        await LinkFaults.InjectAsync(kind, _proxies[publisher], target, random);
    }

    public override Task HealAsync()
    {
        Array.ForEach(_proxies, LinkFaults.Heal);
        return Task.CompletedTask;
    }

    public override async Task<IReadOnlyList<Arrivals>> CollectAsync(int publishers)
    {
        // A reader that was thrown out (a slow consumer) would make every later message look lost.
        await _reader.PingAsync();
        return _arrivals;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await _reader.DisposeAsync();
        await _server.DisposeAsync();
        _certificates.Dispose();
        _reloading.Dispose();
    }

    /// <summary>
    /// A subscriber that reads nothing, and a flood that fills what the server keeps for it (64 MiB) by three quarters: from
    /// there on the server stalls everybody who publishes to it.
    /// </summary>
    private async Task SlowConsumerAsync(Random random)
    {
        using var slow = new TcpClient { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(IPAddress.Loopback, _server.Port);
        await slow.GetStream().WriteAsync(
            "CONNECT {\"user\":\"reader\",\"pass\":\"reader\",\"verbose\":false}\r\nSUB faults.* 1\r\nSUB flood 2\r\nPING\r\n"u8.ToArray());
        await using var flooder = await NatsReader.ConnectAsync(_server.Port, "reader", "reader");
        var payload = new byte[FloodMessage];
        for (var bytes = 0; bytes < FloodBytes; bytes += FloodMessage)
        {
            await flooder.PublishAsync("flood", payload).WaitAsync(FloodTimeout);
        }

        await LinkFaults.PauseAsync(random, 500, 1500);
    }

    private static bool UsesTls(int publisher) => publisher % 2 == 1;

    private static string ConfigOf(Certificates certificates, int[] passwords)
    {
        var users = new StringBuilder("{ user: reader, password: reader }");
        for (var i = 0; i < passwords.Length; i++)
        {
            users.Append($", {{ user: p{i}, password: \"password-{passwords[i]}\" }}");
        }

        return $$"""
            allow_non_tls: true
            write_deadline: "3s"
            tls { cert_file: "{{certificates.ServerFile}}", key_file: "{{certificates.KeyFile}}", timeout: 5 }
            authorization { users: [{{users}}] }
            """;
    }

    private async Task ReloadAsync(int publisher, int password)
    {
        await _reloading.WaitAsync();
        try
        {
            _passwords[publisher] = password;
            await _server.ReloadAsync(ConfigOf(_certificates, _passwords));
        }
        finally
        {
            _reloading.Release();
        }
    }
}
