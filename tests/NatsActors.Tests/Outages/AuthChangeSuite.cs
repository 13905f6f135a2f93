using NatsActors.Connection;
using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>Credentials that a server no longer takes while a link is up.</summary>
public abstract class AuthChangeSuite(IPublisherHost host)
{
    private const int Attempts = 4;
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData("password")]
    [InlineData("user")]
    public async Task A_change_on_the_server_is_told_once_waited_out_and_loses_nothing(string what)
    {
        await using var rig = await Rig.StartAsync(
            host,
            s => s with
            {
                Connection = s.Connection with
                {
                    Credentials = NatsCredentials.UserPassword("alice", "old"),
                    Backoff = s.Connection.Backoff with { Authorization = Longest },
                },
            },
            config: Config("alice", "old"),
            reader: ("reader", "r"));
        await rig.Events.NextAsync<Connected>();
        await rig.SendAsync(1, 1000);

        await rig.Server.ReloadAsync(what == "password" ? Config("alice", "new") : Config("bob", "old"));
        var refused = await rig.Events.NextAsync<AuthenticationFailed>();
        var (started, before) = (TimeProvider.System.GetTimestamp(), rig.Proxy.Connections);
        await rig.SendAsync(1001, 2000);
        await Until.TrueAsync(() => rig.Proxy.Connections >= before + Attempts);

        Assert.False(refused.Final);
        Assert.Contains("uth", refused.Detail, StringComparison.Ordinal);
        // Between two attempts lies half of the longest wait for refused credentials at least.
        Assert.True(TimeProvider.System.GetElapsedTime(started) >= (Attempts - 1) * Longest / 2, "The publisher asks too often.");
        await rig.Server.ReloadAsync(Config("alice", "old"));
        await rig.Events.NextAsync<Reconnected>();
        await rig.AssertArrivedAsync(2000);
        Assert.Single(rig.Events.All.OfType<AuthenticationFailed>());
        Assert.Single(rig.Events.All.OfType<Disconnected>());
    }

    private static string Config(string user, string password) =>
        $"authorization {{ users = [ {{ user: {user}, password: {password} }}, {{ user: reader, password: r }} ] }}";
}
