using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests.Hosting;

/// <summary>AddPersistentNatsPublisher on a generic host without an actor system of its own.</summary>
public sealed class GenericHostTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public static TheoryData<string> Forms => ["section", "settings", "factory", "keyed section", "keyed settings", "keyed factory"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task What_a_host_without_a_server_accepts_the_next_host_delivers(string form)
    {
        var port = LoopbackPorts.Next();
        using (var first = Build(form, port))
        {
            await first.StartAsync();
            Assert.Equal(new Ack(1), await PublisherOf(first, form).PublishAsync("a", "x"u8.ToArray()));
            await first.StopAsync();
        }

        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Port = port });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("a");
        using var second = Build(form, port);
        await second.StartAsync();

        Assert.Equal("x", Assert.Single(await reader.WaitForAsync(1)).Text);
        await second.StopAsync();
    }

    [Fact]
    public async Task One_error_has_the_faults_of_all_publishers()
    {
        using var host = Build(services => services
            .AddPersistentNatsPublisher(Section(("Nats:Buffer:MaxMessages", "5")))
            .AddPersistentNatsPublisher("orders", new PublisherSettings(), _folder["no/a.db"])
            .AddPersistentNatsPublisher("audit", Section(("Nats:Durability:JournalFile", _folder["a.db"]), ("Nats:Durability:Journal", "a.b"))));

        var error = await Assert.ThrowsAsync<SettingsException>(() => host.StartAsync());

        Assert.Equal(
            [
                "Nats:Durability:JournalFile: is not set; a publisher without an actor system of yours has its journal in a file",
                $"journalFile: the folder of '{_folder["no/a.db"]}' does not exist",
                "Nats:Durability:JournalFile: excludes Nats:Durability:Journal; give one of them",
            ],
            error.Violations);
    }

    [Fact]
    public void A_name_is_taken_by_publishers_of_either_kind() => Assert.Throws<InvalidOperationException>(() => Build(services => services
        .AddNatsPublisher("orders", new PublisherSettings())
        .AddPersistentNatsPublisher("orders", new PublisherSettings(), _folder["a.db"])));

    private static Microsoft.Extensions.Configuration.IConfiguration Section(params (string Key, string Value)[] values) =>
        JournalFolder.Configuration(values).GetSection("Nats");

    private static INatsPublisher PublisherOf(IHost host, string form) => form.StartsWith("keyed", StringComparison.Ordinal)
        ? host.Services.GetRequiredKeyedService<INatsPublisher>("orders")
        : host.Services.GetRequiredService<INatsPublisher>();

    private static IHost Build(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
        configure(builder.Services);
        return builder.Build();
    }

    private IHost Build(string form, int port)
    {
        var (file, url) = (_folder["journal.db"], $"nats://127.0.0.1:{port}");
        var settings = new PublisherSettings { Connection = new() { Servers = [url] } };
        var section = Section(("Nats:Connection:Servers:0", url), ("Nats:Durability:JournalFile", file));
        return Build(services => _ = form switch
        {
            "section" => services.AddPersistentNatsPublisher(section),
            "settings" => services.AddPersistentNatsPublisher(settings, file),
            "factory" => services.AddPersistentNatsPublisher(_ => settings, file),
            "keyed section" => services.AddPersistentNatsPublisher("orders", section),
            "keyed settings" => services.AddPersistentNatsPublisher("orders", settings, file),
            _ => services.AddPersistentNatsPublisher("orders", _ => settings, file),
        });
    }
}
