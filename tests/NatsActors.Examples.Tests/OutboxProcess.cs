using Microsoft.Data.Sqlite;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

/// <summary>The example Outbox as processes on one database, and what another program sees in that database.</summary>
internal sealed class OutboxProcess(string serverUrl) : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outbox-").FullName;
    private ProgramProcess? _process;

    private ProgramProcess Running => _process ?? throw new InvalidOperationException("There is no process.");

    private string Database => Path.Combine(_folder, "shop.db");

    /// <summary>Starts a process; the one before it must have been killed.</summary>
    public void Start(int orders, params string[] more) => _process = ProgramProcess.Start("dotnet",
    [
        Path.Combine(AppContext.BaseDirectory, "Outbox.dll"), $"--Server={serverUrl}", $"--Database={Database}", $"--Orders={orders}",
        "--Relay:Poll=00:00:00.100", "--Relay:Retry=00:00:00.100", "--Relay:Patience=00:00:01", "--Relay:Batch=100", .. more,
    ]);

    public Task SaysAsync(string text) => Running.SaysAsync(text);

    public Task<int> StopAsync() => Running.StopAsync();

    /// <summary>SIGKILL; completes when the process is gone.</summary>
    public async ValueTask KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    /// <summary>The ids of the committed orders, in the order of their commits.</summary>
    public Task<List<long>> OrdersAsync() => QueryAsync("SELECT Id FROM Orders ORDER BY Id", row => row.GetInt64(0));

    /// <summary>Why rows failed, in the order of the rows; null for a row that waits.</summary>
    public Task<List<string?>> OutboxAsync() =>
        QueryAsync("SELECT Failure FROM Outbox ORDER BY Position", row => row.IsDBNull(0) ? null : row.GetString(0));

    public Task EmptyAsync() => Until.TrueAsync(async () => (await OutboxAsync()).Count == 0, TimeSpan.FromSeconds(60));

    /// <summary>Commits a row as another program does, which does not wake the relay.</summary>
    public Task InsertAsync(string subject, string payload) => ExecuteAsync(
        $"INSERT INTO Outbox (Id, Subject, Payload, Headers) VALUES ('{Guid.NewGuid()}', '{subject}', CAST('{payload}' AS BLOB), '{{}}')");

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Holds the one lock of writers until it is disposed: others read, and wait when they write.</summary>
    public async Task<IAsyncDisposable> LockAsync()
    {
        var connection = await OpenAsync();
        await using var begin = connection.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        await begin.ExecuteNonQueryAsync();
        return connection; // its end is the end of the transaction
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<List<T>> QueryAsync<T>(string sql, Func<SqliteDataReader, T> read)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection($"Data Source={Database};Mode=ReadWrite;Pooling=False");
        await connection.OpenAsync();
        return connection;
    }
}
