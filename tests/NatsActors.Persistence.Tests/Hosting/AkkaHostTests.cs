using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors.Hosting;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests.Hosting;

/// <summary>WithPersistentNatsPublisher on a generic host: what one host keeps, the next one sends.</summary>
public sealed class AkkaHostTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public static TheoryData<string> Forms => ["options", "delegate", "configuration", "journal of the system", "the system's default journal"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task What_a_host_without_a_server_accepts_the_next_host_delivers(string form)
    {
        var port = LoopbackPorts.Next();
        using (var first = await StartAsync(form, port))
        {
            Assert.Equal(new Ack(1), await PublisherOf<NatsPublisherKey>(first).Ask<PublishReply>(new Publish("a", "x"u8.ToArray())));
            await first.StopAsync();
        }

        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Port = port });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("a");
        using var second = await StartAsync(form, port);

        Assert.Equal("x", Assert.Single(await reader.WaitForAsync(1)).Text);
        await second.StopAsync();
    }

    [Fact]
    public async Task Publishers_with_keys_of_their_own_have_files_of_their_own_or_share_one()
    {
        using var host = await StartAsync(akka => akka
            .WithPersistentNatsPublisher<Orders>(o => (o.Name, o.JournalFile) = ("orders", _folder["shared.db"]))
            .WithPersistentNatsPublisher<Audit>(o => (o.Name, o.JournalFile) = ("audit", _folder["shared.db"]))
            .WithPersistentNatsPublisher<Logs>(JournalFolder.Configuration(("Nats:Durability:JournalFile", _folder["logs.db"])).GetSection("Nats"), "logs")
            .WithNatsPublisher());

        Assert.Equal(new Ack(1), await PublisherOf<Orders>(host).Ask<PublishReply>(new Publish("a", default)));
        Assert.Equal(new Ack(1), await PublisherOf<Audit>(host).Ask<PublishReply>(new Publish("a", default)));
        Assert.Equal(new Ack(1), await PublisherOf<Logs>(host).Ask<PublishReply>(new Publish("a", default)));
        Assert.Equal(new Ack(1), await PublisherOf<NatsPublisherKey>(host).Ask<PublishReply>(new Publish("a", default)));
        Assert.True(File.Exists(_folder["shared.db"]));
        Assert.True(File.Exists(_folder["logs.db"]));
        await host.StopAsync();
    }

    [Fact]
    public async Task Without_a_journal_the_start_fails_and_says_what_may_name_one() => Assert.Contains(
        "JournalFile: is not set, and neither is Journal, durability.journal or akka.persistence.journal.plugin: the publisher has no journal",
        await FailAsync(akka => akka.WithPersistentNatsPublisher()), StringComparison.Ordinal);

    [Fact]
    public async Task What_Akka_takes_for_want_of_a_journal_is_none() => Assert.Contains(
        "the publisher has no journal",
        await FailAsync(akka => akka
            .AddHocon("akka.persistence.journal.plugin = akka.persistence.journal.inmem", HoconAddMode.Prepend)
            .WithPersistentNatsPublisher()), StringComparison.Ordinal);

    [Fact]
    public async Task A_file_and_a_journal_are_one_too_many()
    {
        Assert.Contains("JournalFile: excludes Journal; give one of them", await FailAsync(akka => akka
            .WithPersistentNatsPublisher(o => (o.JournalFile, o.Journal) = (_folder["a.db"], "akka.persistence.journal.sql"))), StringComparison.Ordinal);
        var section = JournalFolder.Configuration(("Nats:Durability:JournalFile", _folder["a.db"]), ("Nats:Durability:Journal", "akka.persistence.journal.sql"));
        Assert.Contains(
            "Nats:Durability:JournalFile: excludes Nats:Durability:Journal; give one of them",
            await FailAsync(akka => akka.WithPersistentNatsPublisher(section.GetSection("Nats"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_does_not_exist_fails_the_start() => Assert.Contains(
        $"JournalFile: the folder of '{_folder["no/a.db"]}' does not exist",
        await FailAsync(akka => akka.WithPersistentNatsPublisher(o => o.JournalFile = _folder["no/a.db"])), StringComparison.Ordinal);

    [Fact]
    public async Task A_path_that_is_no_journal_fails_the_start() => Assert.Contains(
        "durability.journal",
        await FailAsync(akka => akka.WithPersistentNatsPublisher(o => o.Journal = "akka.persistence.journal.sqll")), StringComparison.Ordinal);

    private static IActorRef PublisherOf<TKey>(IHost host) => host.Services.GetRequiredService<IRequiredActor<TKey>>().ActorRef;

    private static async Task<string> FailAsync(Action<AkkaConfigurationBuilder> configure) =>
        (await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(configure))).ToString();

    private Task<IHost> StartAsync(string form, int port)
    {
        var (file, url) = (_folder["journal.db"], $"nats://127.0.0.1:{port}");
        var servers = ConfigurationFactory.ParseString($"nats-actors.publisher.connection.servers = [\"{url}\"]");
        var section = JournalFolder.Configuration(("Nats:Connection:Servers:0", url), ("Nats:durability:journal-file", file)).GetSection("Nats");
        return StartAsync(akka => _ = form switch
        {
            "options" => akka.WithPersistentNatsPublisher(new PersistentNatsPublisherOptions { Hocon = servers, JournalFile = file }),
            "delegate" => akka.WithPersistentNatsPublisher(o => (o.Hocon, o.JournalFile) = (servers, file)),
            "configuration" => akka.WithPersistentNatsPublisher(section),
            "journal of the system" => akka
                .AddHocon(SqliteJournal.At(file), HoconAddMode.Append)
                .WithPersistentNatsPublisher(o => (o.Hocon, o.Journal) = (servers, SqliteJournal.PluginId)),
            _ => akka
                .AddHocon(SqliteJournal.At(file), HoconAddMode.Append)
                .AddHocon($"akka.persistence.journal.plugin = \"{SqliteJournal.PluginId}\"", HoconAddMode.Prepend)
                .WithPersistentNatsPublisher(o => o.Hocon = servers),
        });
    }

    private static async Task<IHost> StartAsync(Action<AkkaConfigurationBuilder> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("hosted", akka => configure(akka.AddHocon(
            "akka.stdout-loglevel = OFF\nakka.coordinated-shutdown.exit-clr = off\nakka.coordinated-shutdown.phases.service-stop.timeout = 2s",
            HoconAddMode.Prepend)));
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private sealed class Orders;

    private sealed class Audit;

    private sealed class Logs;
}
