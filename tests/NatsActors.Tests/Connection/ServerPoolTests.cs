using NatsActors.Connection;
using NatsActors.Protocol;

namespace NatsActors.Tests.Connection;

public sealed class ServerPoolTests
{
    private static readonly ServerAddress A = ServerAddress.Parse("nats://a");
    private static readonly ServerAddress B = ServerAddress.Parse("nats://b");
    private static readonly ServerAddress C = ServerAddress.Parse("nats://c");
    private static readonly TimeSpan Now = TimeSpan.FromHours(1);
    private static readonly BackoffSettings Settings = new()
    {
        Min = TimeSpan.FromMilliseconds(100), Max = TimeSpan.FromSeconds(10), MaxAttempts = 3,
    };

    private static ServerPool Pool(params ServerAddress[] seeds) => new(seeds, Settings, randomize: false, new Random(1));

    private static ServerPool Exact(params ServerAddress[] seeds) => new(seeds, new BackoffSettings(), randomize: false, new Random(1));

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static void Proven(ServerPool pool, ServerAddress server)
    {
        pool.Up(server, Now);
        pool.Proved();
    }

    [Fact]
    public void A_dead_server_is_left_without_a_wait()
    {
        var pool = Pool(A, B, C);

        pool.Failed(A, LinkLossKind.Unreachable, Now);
        Assert.Equal(new ServerAttempt(B, TimeSpan.Zero), pool.Next(Now));

        pool.Failed(B, LinkLossKind.Unreachable, Now);
        Assert.Equal(new ServerAttempt(C, TimeSpan.Zero), pool.Next(Now));
    }

    [Fact]
    public void When_all_servers_have_failed_the_one_that_is_free_first_is_waited_for()
    {
        var pool = Pool(A, B);
        pool.Failed(A, LinkLossKind.Authorization, Now);
        pool.Failed(B, LinkLossKind.Unreachable, Now);

        var next = pool.Next(Now);

        Assert.Equal(B, next.Server);
        Assert.InRange(next.Delay, TimeSpan.FromTicks(1), Ms(100));
        Assert.Equal(new ServerAttempt(B, TimeSpan.Zero), pool.Next(Now + next.Delay));
    }

    [Fact]
    public void The_only_server_is_waited_for_longer_with_every_failure_until_a_link_proves_it_good()
    {
        var pool = Pool(A);
        for (var i = 0; i < 40; i++)
        {
            pool.Failed(A, LinkLossKind.Unreachable, Now);
        }

        Assert.Equal(Settings.Max, pool.Next(Now).Delay);

        Proven(pool, A);
        pool.Lost(A, LinkLossKind.Closed, Now);
        Assert.InRange(pool.Next(Now).Delay, TimeSpan.FromTicks(1), Ms(100));
    }

    [Fact]
    public void Refused_credentials_are_waited_out_longer_than_other_failures()
    {
        var pool = Exact(A);

        pool.Failed(A, LinkLossKind.Authorization, Now);

        Assert.InRange(pool.Next(Now).Delay, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_server_that_takes_links_and_drops_them_is_asked_once_in_max()
    {
        var pool = Exact(A);
        var now = Now;
        for (var i = 0; i < 10; i++)
        {
            pool.Up(A, now);
            pool.Lost(A, LinkLossKind.Closed, now + Ms(30));

            Assert.Equal(Ms(970), pool.Next(now + Ms(30)).Delay);
            now += Ms(1000);
        }
    }

    [Theory]
    [InlineData(999, false)]
    [InlineData(1000, true)]
    public void An_idle_link_that_lasted_for_a_second_is_waited_for_like_the_first_one(int lasted, bool good)
    {
        var pool = new ServerPool([A], Settings, randomize: false, new Random(1));
        for (var i = 0; i < 40; i++)
        {
            pool.Failed(A, LinkLossKind.Unreachable, Now);
        }

        pool.Up(A, Now);
        pool.Lost(A, LinkLossKind.Closed, Now + Ms(lasted));

        var delay = pool.Next(Now + Ms(lasted)).Delay;
        Assert.True(good ? delay <= Ms(100) : delay == Settings.Max - Ms(lasted), $"{delay}");
    }

    [Fact]
    public void A_proof_counts_for_its_own_link_only()
    {
        var pool = Exact(A);
        Proven(pool, A);
        pool.Lost(A, LinkLossKind.Closed, Now);

        pool.Up(A, Now);
        pool.Lost(A, LinkLossKind.Closed, Now);

        Assert.Equal(Ms(1000), pool.Next(Now).Delay);
    }

    [Fact]
    public void A_server_that_another_publisher_has_a_link_to_is_tried_at_once()
    {
        var pool = Pool(A, B);
        pool.Failed(A, LinkLossKind.Unreachable, Now);
        pool.Failed(B, LinkLossKind.Unreachable, Now);

        Assert.True(pool.FoundUp(A, Now));
        Assert.Equal(new ServerAttempt(A, TimeSpan.Zero), pool.Next(Now));
        Assert.False(pool.FoundUp(C, Now));
    }

    [Fact]
    public void One_early_attempt_is_made_in_a_wait_and_the_wait_goes_on_when_it_fails()
    {
        var pool = Exact(A);
        pool.Failed(A, LinkLossKind.Unreachable, Now);
        pool.Failed(A, LinkLossKind.Unreachable, Now);
        Assert.True(pool.FoundUp(A, Now + Ms(200)));
        pool.Failed(A, LinkLossKind.Unreachable, Now + Ms(300));

        Assert.Equal(Ms(700), pool.Next(Now + Ms(300)).Delay);
        Assert.False(pool.FoundUp(A, Now + Ms(999)));
        Assert.Equal(Ms(1), pool.Next(Now + Ms(999)).Delay);

        pool.Failed(A, LinkLossKind.Unreachable, Now + Ms(1000));
        Assert.Equal(Ms(1000), pool.Next(Now + Ms(1000)).Delay);
        Assert.True(pool.FoundUp(A, Now + Ms(1100)));
    }

    [Fact]
    public void A_server_that_refused_the_credentials_is_not_tried_early()
    {
        var pool = Pool(A);
        pool.Failed(A, LinkLossKind.Authorization, Now);

        Assert.False(pool.FoundUp(A, Now));
        Assert.NotEqual(TimeSpan.Zero, pool.Next(Now).Delay);
    }

    [Fact]
    public void A_lame_duck_that_another_publisher_has_a_link_to_is_back()
    {
        var pool = Pool(A, B);
        Proven(pool, A);
        pool.LameDuck(A, Now);
        pool.Lost(A, LinkLossKind.Local, Now);
        pool.Failed(B, LinkLossKind.Unreachable, Now);

        Assert.True(pool.FoundUp(A, Now));
        Assert.Equal(new ServerAttempt(A, TimeSpan.Zero), pool.Next(Now));
    }

    [Fact]
    public void A_link_that_the_publisher_ended_leaves_no_wait_and_another_server_comes_first()
    {
        var pool = Pool(A, B);
        Proven(pool, A);
        pool.Lost(A, LinkLossKind.Local, Now);
        Assert.Equal(new ServerAttempt(B, TimeSpan.Zero), pool.Next(Now));

        var single = Pool(A);
        Proven(single, A);
        single.Lost(A, LinkLossKind.Local, Now);
        Assert.Equal(new ServerAttempt(A, TimeSpan.Zero), single.Next(Now));
    }

    [Fact]
    public void A_lame_duck_is_left_alone_while_another_server_is_there_but_not_for_ever()
    {
        var pool = Pool(A, B);
        Proven(pool, A);
        pool.LameDuck(A, Now);
        pool.Lost(A, LinkLossKind.Local, Now);
        Assert.Equal(B, pool.Next(Now).Server);

        pool.Failed(B, LinkLossKind.Unreachable, Now);
        Assert.Equal(B, pool.Next(Now).Server);

        pool.Failed(B, LinkLossKind.Unreachable, Now + ServerPool.LameDuckRest);
        Assert.Equal(new ServerAttempt(A, TimeSpan.Zero), pool.Next(Now + ServerPool.LameDuckRest));
    }

    [Fact]
    public void A_lame_duck_that_is_alone_is_tried()
    {
        var pool = Pool(A);

        pool.LameDuck(A, Now);

        Assert.Equal(new ServerAttempt(A, TimeSpan.Zero), pool.Next(Now));
    }

    [Fact]
    public void Attempts_are_counted_over_all_servers_until_one_succeeds()
    {
        var pool = Pool(A, B);
        pool.Failed(A, LinkLossKind.Unreachable, Now);
        pool.Failed(B, LinkLossKind.Tls, Now);
        Assert.False(pool.AttemptsExhausted);
        pool.Failed(A, LinkLossKind.Unreachable, Now);
        Assert.True(pool.AttemptsExhausted);

        Proven(pool, B);
        pool.Lost(B, LinkLossKind.Closed, Now);

        Assert.Equal(0, pool.FailedAttempts);
    }

    [Fact]
    public void Without_max_attempts_there_is_no_end()
    {
        var pool = new ServerPool([A], Settings with { MaxAttempts = 0 }, randomize: false, new Random(1));

        pool.Failed(A, LinkLossKind.Unreachable, Now);

        Assert.False(pool.AttemptsExhausted);
    }

    [Fact]
    public void Discovered_servers_join_once_and_inherit_tls_and_credentials()
    {
        var seed = ServerAddress.Parse("tls://u:p@seed.example");
        var pool = Pool(seed);

        var added = pool.Discovered(seed, ["SEED.example:4222", "b:4222", "10.0.0.3:4222", "b:4222", "not a server"]);

        Assert.Equal(["tls://b:4222", "tls://10.0.0.3:4222"], added.Select(server => server.ToString()));
        Assert.All(added, server => Assert.Equal((true, "u", "p"), (server.Tls, server.User, server.Password)));
        Assert.Equal(["b", "seed.example"], added.Select(server => server.TlsHost));
        Assert.Empty(pool.Discovered(seed, ["b:4222", "10.0.0.3:4222"]));
        Assert.Equal(3, pool.Servers.Count());
    }

    [Fact]
    public void Discovered_servers_that_are_no_longer_announced_go_but_seeds_and_the_current_stay()
    {
        var pool = Pool(A);
        var added = pool.Discovered(A, ["b:4222", "c:4222"]);
        Proven(pool, added[0]);

        pool.Discovered(added[0], ["d:4222"]);

        Assert.Equal(["nats://a:4222", "nats://b:4222", "nats://d:4222"], pool.Servers.Select(s => s.ToString()).Order());
    }

    [Fact]
    public void A_list_without_end_is_cut_and_what_is_known_stays()
    {
        var pool = Pool(A);
        Assert.Equal(2, pool.Discovered(A, ["b:4222", "c:4222"]).Count);

        var added = pool.Discovered(A, [.. Enumerable.Range(1, 1000).Select(port => $"stranger:{port}"), "b:4222", "c:4222"]);

        Assert.Equal(ServerPool.MaxDiscovered - 2, added.Count);
        Assert.Equal(ServerPool.MaxDiscovered + 1, pool.Servers.Count());
        Assert.Superset(new HashSet<ServerAddress> { A, B, C }, pool.Servers.ToHashSet());
    }

    [Fact]
    public void Announced_servers_that_cannot_be_reached_do_not_stand_before_the_seed()
    {
        var pool = Pool(A);
        pool.Discovered(A, ["b:4222", "c:4222"]);
        pool.Lost(A, LinkLossKind.Closed, Now);
        Assert.Equal(B, pool.Next(Now).Server);

        var later = Now + TimeSpan.FromSeconds(5);
        pool.Failed(B, LinkLossKind.Timeout, later);
        Assert.Equal(new ServerAttempt(A, TimeSpan.Zero), pool.Next(later));

        pool.Failed(A, LinkLossKind.Unreachable, later);
        Assert.Equal(new ServerAttempt(C, TimeSpan.Zero), pool.Next(later));
    }

    [Fact]
    public void An_empty_announcement_removes_nothing()
    {
        var pool = Pool(A);
        pool.Discovered(A, ["b:4222"]);

        Assert.Empty(pool.Discovered(A, []));

        Assert.Equal(2, pool.Servers.Count());
    }

    [Fact]
    public void A_report_about_a_server_that_has_gone_changes_no_other()
    {
        var pool = Pool(A);

        pool.Failed(B, LinkLossKind.Unreachable, Now);
        pool.LameDuck(C, Now);

        Assert.Equal(new ServerAttempt(A, TimeSpan.Zero), pool.Next(Now));
    }

    [Fact]
    public void Publishers_of_a_fleet_start_at_different_servers()
    {
        var starts = Enumerable.Range(0, 300)
            .Select(seed => new ServerPool([A, B, C], Settings, randomize: true, new Random(seed)).Next(Now).Server.Host)
            .GroupBy(host => host)
            .Select(group => group.Count());

        Assert.All(starts, count => Assert.InRange(count, 70, 130));
        Assert.Equal(A, Pool(A, B, C).Next(Now).Server);
    }

    [Fact]
    public void Duplicate_seeds_count_once_and_none_is_an_error()
    {
        Assert.Single(Pool(A, ServerAddress.Parse("tls://A:4222")).Servers);
        Assert.Throws<ArgumentException>(() => Pool());
    }
}
