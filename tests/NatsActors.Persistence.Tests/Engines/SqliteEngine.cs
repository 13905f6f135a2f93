using System.Globalization;
using Akka.Configuration;
using Microsoft.Data.Sqlite;

namespace NatsActors.Persistence.Tests.Engines;

/// <summary>The journal of <see cref="SqliteJournal"/>, whose file another connection can lock.</summary>
public sealed class SqliteEngine : JournalEngine
{
    private readonly string _folder = Directory.CreateTempSubdirectory("journal-").FullName;
    private SqliteConnection? _lock;

    public override string PluginId => SqliteJournal.PluginId;

    public string File => Path.Combine(_folder, "journal.db");

    public override Config Hocon => HoconOf(File);

    /// <summary>The file's journal, which gives up on a locked file after 2 s instead of 30.</summary>
    public static Config HoconOf(string file) => ConfigurationFactory.ParseString(
        $$"""
        {{SqliteJournal.PluginId}} {
          connection-string = "Data Source={{file}};Default Timeout=2"
          {{Breaker}}
        }
        """).WithFallback(SqliteJournal.At(file));

    public override Task InitializeAsync() => Task.CompletedTask;

    public override Task DisposeAsync()
    {
        _lock?.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    public override async Task TakeDownAsync()
    {
        _lock = new SqliteConnection($"Data Source={File};Pooling=false");
        await _lock.OpenAsync();
        await using var command = _lock.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync();
    }

    public override async Task BringBackAsync()
    {
        await _lock!.DisposeAsync();
        _lock = null;
    }

    public override async Task<long> CountAsync() =>
        Convert.ToInt64(await AskAsync("SELECT COUNT(*) FROM journal WHERE deleted = 0"), CultureInfo.InvariantCulture);

    /// <summary>One value of the file.</summary>
    public async Task<object?> AskAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return await command.ExecuteScalarAsync();
    }
}
