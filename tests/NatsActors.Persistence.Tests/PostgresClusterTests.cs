using NatsActors.Testing;
using NatsActors.Testing.Databases;
using Npgsql;

namespace NatsActors.Persistence.Tests;

/// <summary>The cluster that the journal's tests run on: what they do to it must be what they believe.</summary>
public sealed class PostgresClusterTests : IAsyncLifetime
{
    private PostgresCluster _cluster = null!;
    private string _database = null!;

    public async Task InitializeAsync()
    {
        _cluster = await PostgresCluster.StartAsync();
        _database = await _cluster.CreateDatabaseAsync() + ";Pooling=false";
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_commit_waits_for_the_disk_and_nobody_but_loopback_is_served()
    {
        Assert.Equal("on", await AskAsync("SHOW fsync"));
        Assert.Equal("on", await AskAsync("SHOW synchronous_commit"));
        Assert.Equal("127.0.0.1", await AskAsync("SHOW listen_addresses"));
        Assert.Equal("", await AskAsync("SHOW unix_socket_directories"));
    }

    [Fact]
    public async Task Each_database_is_new()
    {
        await AskAsync("CREATE TABLE pages (number int)");

        var other = await _cluster.CreateDatabaseAsync() + ";Pooling=false";

        Assert.Equal("0", await AskAsync("SELECT count(*) FROM pg_tables WHERE tablename = 'pages'", other));
        Assert.Equal("1", await AskAsync("SELECT count(*) FROM pg_tables WHERE tablename = 'pages'"));
    }

    [Fact]
    public async Task A_paused_server_keeps_its_connections_and_answers_nothing_until_it_continues()
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        _cluster.Pause();

        await using var command = new NpgsqlCommand("SELECT 7", connection);
        var answer = command.ExecuteScalarAsync();
        var another = AskAsync("SELECT 8");
        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAny(answer, another).WaitAsync(TimeSpan.FromMilliseconds(200), TimeProvider.System));
        _cluster.Continue();

        Assert.Equal(7, await answer);
        Assert.Equal("8", await another);
    }

    [Fact]
    public async Task A_killed_server_refuses_and_has_every_commit_when_it_is_back()
    {
        await AskAsync("CREATE TABLE pages (number int)");
        await AskAsync("INSERT INTO pages VALUES (1), (2)");
        _cluster.Pause();
        await _cluster.KillAsync();

        Assert.False(_cluster.IsRunning);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync("SELECT 1"));
        await _cluster.RestartAsync();

        Assert.Equal("2", await AskAsync("SELECT count(*) FROM pages"));
        Assert.Contains("was not properly shut down; automatic recovery in progress", _cluster.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_ends_the_connections_and_a_restart_keeps_port_and_data()
    {
        await AskAsync("CREATE TABLE pages (number int)");
        var port = _cluster.Port;
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await _cluster.StopAsync();

        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync());
        await _cluster.RestartAsync();

        Assert.Equal(port, _cluster.Port);
        Assert.Equal("0", await AskAsync("SELECT count(*) FROM pages"));
    }

    [Fact]
    public async Task Nothing_is_left_of_a_cluster_that_was_killed()
    {
        var cluster = await PostgresCluster.StartAsync(new PostgresOptions { Fsync = false });
        var folder = await AskAsync("SHOW data_directory", cluster.ConnectionString("postgres") + ";Pooling=false");
        await cluster.KillAsync();
        await cluster.DisposeAsync();

        Assert.False(Directory.Exists(folder));
        Assert.False(Directory.Exists(Path.GetDirectoryName(folder)));
    }

    private async Task<string?> AskAsync(string sql, string? database = null)
    {
        await using var connection = new NpgsqlConnection(database ?? _database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync())?.ToString();
    }
}
