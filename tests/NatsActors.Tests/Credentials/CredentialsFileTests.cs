using Akka.Actor;
using NATS.Client.Core;
using NatsActors.Connection;
using NatsActors.Testing;

namespace NatsActors.Tests.Credentials;

/// <summary>Credentials files and NKeys, against a real nats-server that trusts an operator of the test's own.</summary>
public sealed class CredentialsFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("credentials-");
    private readonly NatsOperator _operator = new();

    public static TheoryData<string> Malformed =>
        ["missing", "empty", "folder", "no jwt", "no seed", "cut jwt", "cut seed", "account's seed"];

    private string File => Path.Combine(_folder.FullName, "user.creds");

    public void Dispose()
    {
        _operator.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_credentials_file_of_the_hocon_logs_in_and_what_is_published_arrives()
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        var user = Write(_operator.IssueUser());
        await using var test = new TestSystem(TestSystem.To(server, $"connection.credentials-file = \"{File}\""));

        await AssertArrivesAsync(server, test.Publishers.Publisher(), _operator.IssueUser());

        Assert.IsType<Connected>(test.Events.First());
        AssertNothingOf(user, test);
    }

    [Fact]
    public async Task The_ready_sample_logs_in_with_another_server_and_file()
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        Write(_operator.IssueUser());
        await using var test = new TestSystem(
            System.IO.File.ReadAllText(Repository.PathTo("hocon", "credentials-file.conf"))
            + $"\nnats-actors.publishers.orders.connection {{ servers = [\"{server.Url}\"], credentials-file = \"{File}\" }}");

        await AssertArrivesAsync(server, test.Publishers.Publisher("orders"), _operator.IssueUser());
    }

    [Fact]
    public async Task The_ready_sample_ends_when_the_server_refuses_the_credentials()
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        var stranger = Write(Stranger());
        await using var test = new TestSystem(
            System.IO.File.ReadAllText(Repository.PathTo("hocon", "credentials-file.conf"))
            + $"\nnats-actors.publishers.orders.connection {{ servers = [\"{server.Url}\"], credentials-file = \"{File}\" }}");
        var publisher = test.Publishers.Publisher("orders");

        Assert.True((await test.EventAsync<AuthenticationFailed>()).Final);
        await test.EventAsync<Closed>();

        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(await publisher.Ask<PublishReply>(new Publish("a", default))).Reason);
        AssertNothingOf(stranger, test);
    }

    [Fact]
    public async Task Jwt_and_seed_of_a_setup_log_in()
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        var user = _operator.IssueUser();
        await using var test = new TestSystem(
            TestSystem.To(server),
            NatsPublisherSetup.Empty.WithNatsOpts(opts => opts with { AuthOpts = new NatsAuthOpts { Jwt = user.Jwt, Seed = user.Seed } }));

        await AssertArrivesAsync(server, test.Publishers.Publisher(), _operator.IssueUser());

        AssertNothingOf(user, test);
    }

    [Fact]
    public async Task An_nkey_of_a_setup_logs_in_and_another_is_refused()
    {
        using var known = NATS.NKeys.KeyPair.CreatePair(NATS.NKeys.PrefixByte.User);
        using var unknown = NATS.NKeys.KeyPair.CreatePair(NATS.NKeys.PrefixByte.User);
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = $"authorization {{ users = [{{ nkey: {known.GetPublicKey()} }}] }}",
        });
        await using var test = new TestSystem(
            TestSystem.To(server) + "\nnats-actors.publishers.known {}\nnats-actors.publishers.unknown {}",
            NatsPublisherSetup.Empty.WithNatsOpts(Key(known), "known").WithNatsOpts(Key(unknown), "unknown"));

        var publisher = test.Publishers.Publisher("known");
        test.Publishers.Publisher("unknown");

        await publisher.Ask<Ack>(new Publish("a", default));
        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(10)))).Completed);
        Assert.Equal("unknown", (await test.EventAsync<AuthenticationFailed>()).Publisher);
        AssertNothingOf(new NatsUser("no.jwt.here", known.GetSeed()), test);
        AssertNothingOf(new NatsUser("no.jwt.here", unknown.GetSeed()), test);
    }

    [Theory]
    [InlineData("stranger")]
    [InlineData("expired")]
    [InlineData("other's seed")]
    public async Task Credentials_that_the_server_refuses_are_one_event_without_a_spin_and_stand_nowhere(string what)
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        await using var proxy = CuttingProxy.Start(server.Port);
        var user = Write(what switch
        {
            "stranger" => Stranger(),
            "expired" => _operator.IssueUser(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1)),
            _ => _operator.IssueUser() with { Seed = _operator.IssueUser().Seed },
        });
        await using var test = new TestSystem(
            TestSystem.To(proxy.Port, $"connection {{ credentials-file = \"{File}\", backoff.authorization = 1m }}"));

        var publisher = test.Publishers.Publisher();
        var refused = await test.EventAsync<AuthenticationFailed>();
        var attempts = proxy.Connections;
        await test.LoggedAsync("the credentials do not log in at nats://");

        Assert.False(refused.Final);
        Assert.Contains("uth", refused.Detail, StringComparison.Ordinal);
        Assert.InRange(attempts, 1, 3);
        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", default)));
        var status = await publisher.Ask<PublisherStatus>(GetStatus.Instance);
        Assert.Equal(ConnectionState.Backoff, status.State);
        Assert.Single(test.Events.OfType<AuthenticationFailed>());
        Assert.DoesNotContain(user.Seed, $"{status}", StringComparison.Ordinal);
        AssertNothingOf(user, test);
    }

    [Fact]
    public async Task Credentials_that_expire_are_told_and_a_renewed_file_is_taken_up_without_a_restart()
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        Write(_operator.IssueUser(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(3)));
        await using var test = new TestSystem(TestSystem.To(server, $"connection.credentials-file = \"{File}\""));
        var publisher = test.Publishers.Publisher();
        await Until.TrueAsync(() =>
        {
            // A busy machine may log in too late.
            if (test.Events.OfType<AuthenticationFailed>().Any())
            {
                Write(_operator.IssueUser(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(3)));
            }

            return test.Events.Any(each => each is Connected or Reconnected);
        });

        var refused = await test.EventAsync<AuthenticationFailed>(e => e.Detail.Contains("xpired", StringComparison.Ordinal));
        await publisher.Ask<Ack>(new Publish("a", default));
        Write(_operator.IssueUser());
        await test.EventAsync<Reconnected>();

        Assert.False(refused.Final);
        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(10)))).Completed);
        Assert.Equal(1, (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).Totals.Delivered);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_file_that_is_missing_or_malformed_is_told_with_its_key_its_path_and_what_is_allowed(string what)
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        var user = _operator.IssueUser();
        using var account = NATS.NKeys.KeyPair.CreatePair(NATS.NKeys.PrefixByte.Account);
        var whole = user.FileText;
        var (text, wrong) = what switch
        {
            "missing" => (null, "cannot be read (there is no such file)"),
            "folder" => (null, "cannot be read (access is denied)"),
            "empty" => ("", "has no user's JWT"),
            "no jwt" => (whole.Replace(user.Jwt, "", StringComparison.Ordinal), "has no user's JWT"),
            "no seed" => (whole[..whole.IndexOf(user.Seed, StringComparison.Ordinal)], "has no NKey seed"),
            "cut jwt" => (whole.Replace(user.Jwt, user.Jwt[..40], StringComparison.Ordinal), "has a JWT that is cut or garbled"),
            "cut seed" => (whole.Replace(user.Seed, user.Seed[..20], StringComparison.Ordinal), "has an NKey seed that is cut, garbled"),
            _ => (whole.Replace(user.Seed, account.GetSeed(), StringComparison.Ordinal), "or not a user's"),
        };
        var file = what == "folder" ? _folder.FullName : File;
        if (text is not null)
        {
            System.IO.File.WriteAllText(file, text);
        }

        await using var test = new TestSystem(TestSystem.To(server, $"connection.credentials-file = \"{file}\""));
        var publisher = test.Publishers.Publisher();
        var failed = await test.EventAsync<AuthenticationFailed>();

        Assert.StartsWith($"connection.credentials-file: '{file}' ", failed.Detail, StringComparison.Ordinal);
        Assert.Contains(wrong, failed.Detail, StringComparison.Ordinal);
        Assert.EndsWith("must be a file with a user's JWT and NKey seed, as nsc generate creds writes it", failed.Detail, StringComparison.Ordinal);
        await test.LoggedAsync(failed.Detail);
        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", default)));
        AssertNothingOf(user, test);

        if (file == File)
        {
            Write(user);
            await test.EventAsync<Connected>();
        }
    }

    /// <summary>Signed by an operator that the server does not know.</summary>
    private static NatsUser Stranger()
    {
        using var other = new NatsOperator();
        return other.IssueUser();
    }

    private static Func<NatsOpts, NatsOpts> Key(NATS.NKeys.KeyPair pair)
    {
        var auth = new NatsAuthOpts { NKey = pair.GetPublicKey(), Seed = pair.GetSeed() };
        return opts => opts with { AuthOpts = auth };
    }

    private static async Task AssertArrivesAsync(NatsServer server, IActorRef publisher, NatsUser reader)
    {
        await using var connection = new NatsConnection(NatsOpts.Default with
        {
            Url = server.Url,
            AuthOpts = new NatsAuthOpts { Jwt = reader.Jwt, Seed = reader.Seed },
        });
        await using var subscription = await connection.SubscribeCoreAsync<string>("a");
        await connection.PingAsync();

        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", "hello"u8.ToArray())));

        Assert.Equal("hello", (await subscription.Msgs.ReadAsync().AsTask().WaitAsync(Until.DefaultTimeout)).Data);
        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(10)))).Completed);
    }

    private static void AssertNothingOf(NatsUser user, TestSystem test)
    {
        foreach (var text in test.Log.Concat(test.Events.Select(occurrence => occurrence.ToString())))
        {
            Assert.DoesNotContain(user.Seed, text, StringComparison.Ordinal);
            Assert.DoesNotContain(user.Seed[..12], text, StringComparison.Ordinal);
            Assert.DoesNotContain(user.Jwt.Split('.')[2], text, StringComparison.Ordinal);
        }
    }

    private NatsUser Write(NatsUser user)
    {
        System.IO.File.WriteAllText(File, user.FileText);
        return user;
    }
}
