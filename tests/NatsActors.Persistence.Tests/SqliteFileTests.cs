using System.Globalization;
using Microsoft.Data.Sqlite;
using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>Faults of the file itself.</summary>
public sealed class SqliteFileTests() : JournalTests<SqliteEngine>(new SqliteEngine())
{
    [Fact]
    public async Task Bytes_flipped_in_the_file_are_found_by_the_checksum_and_kept_aside()
    {
        await LeaveAsync(10);
        await CheckpointAsync();
        SqliteConnection.ClearAllPools();
        var bytes = await File.ReadAllBytesAsync(Engine.File);
        var at = bytes.AsSpan().IndexOf("marker-5"u8);
        Assert.True(at > 0);
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(Engine.File, bytes);

        var stopped = Start();
        Assert.Contains("its checksum does not hold", (await stopped.EventAsync<JournalDamaged>()).Detail, StringComparison.Ordinal);
        Assert.Contains("durability.on-damage is stop", (await stopped.EventAsync<Closed>()).Cause, StringComparison.Ordinal);
        await stopped.DisposeAsync();

        var life = await StartRecoveredAsync(settings => Durability(settings, d => d with { OnDamage = DamagePolicy.Skip }));
        await life.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(new[] { 1, 2, 3, 4, 6, 7, 8, 9, 10 }.Select(n => $"marker-{n}"), Reader.Messages.Select(message => message.Text));
        Assert.Equal(
            1L, await Engine.AskAsync("SELECT COUNT(*) FROM journal WHERE persistence_id = @id", ("@id", PersistenceId + "-damaged")));
    }

    [Fact]
    public async Task A_table_without_its_unique_index_gets_it_at_the_next_start()
    {
        await LeaveAsync(10);
        // A process that was killed between the two statements has left that.
        await Engine.AskAsync("DROP INDEX journal_uq");

        var life = await StartRecoveredAsync();
        await life.FlushAsync();

        Assert.Equal(10, (await life.EventAsync<JournalRecovered>()).Messages);
        Assert.Equal(1L, await Engine.AskAsync("SELECT COUNT(*) FROM sqlite_master WHERE name = 'journal_uq' AND sql LIKE 'CREATE UNIQUE%'"));
    }

    [Theory]
    [InlineData("header")]
    [InlineData("truncated")]
    [InlineData("zeros")]
    public async Task A_file_that_is_no_database_any_more_is_a_failure_that_names_it_and_no_hang(string fault)
    {
        await LeaveAsync(200);
        await CheckpointAsync();
        SqliteConnection.ClearAllPools();
        var hocon = Engine.Hocon;
        SqliteConnection.ClearAllPools();
        var whole = await File.ReadAllBytesAsync(Engine.File);
        var broken = fault switch
        {
            "header" => [.. new byte[100], .. whole[100..]],
            "truncated" => whole[..(whole.Length / 3)],
            _ => [.. whole[..8_192], .. new byte[whole.Length - 8_192]],
        };
        await File.WriteAllBytesAsync(Engine.File, broken);
        foreach (var side in new[] { "-wal", "-shm" })
        {
            File.Delete(Engine.File + side);
        }

        var life = new Life(Settings, hocon);
        await using var _ = life;
        var failed = await life.EventAsync<JournalFailed>();
        Assert.Contains("SqliteException", failed.Cause, StringComparison.Ordinal);
        var rejected = Assert.IsType<Rejected>(await life.Publisher.PublishAsync(Numbers.Message(1)));
        Assert.Equal(RejectReason.NotDurable, rejected.Reason);
        Assert.Equal(0, Reader.Count);

        // The file is put back from a backup. A publisher that is still there would find it, and send what the next one is to find.
        await life.EndAsync();
        SqliteConnection.ClearAllPools();
        await File.WriteAllBytesAsync(Engine.File, whole);
        SqliteConnection.ClearAllPools();
        foreach (var side in new[] { "-wal", "-shm" })
        {
            File.Delete(Engine.File + side);
        }

        var next = await StartRecoveredAsync();
        Assert.Equal(200, (await next.EventAsync<JournalRecovered>()).Messages);
    }

    [Fact]
    public void A_file_that_is_no_database_or_has_no_folder_is_an_error_of_the_caller()
    {
        var file = Path.Combine(Path.GetDirectoryName(Engine.File)!, "text.db");
        File.WriteAllText(file, new string('x', 5_000));
        Assert.Throws<SqliteException>(() => PersistentNatsPublisher.Start(Settings, file));
        Assert.Throws<DirectoryNotFoundException>(() => PersistentNatsPublisher.Start(Settings, Path.Combine(file + "-nowhere", "journal.db")));
        Assert.Throws<ArgumentException>(() => PersistentNatsPublisher.Start(Settings, ""));
    }

    [Fact]
    public async Task A_copy_of_the_file_at_any_moment_has_every_message_that_was_acked_and_not_yet_confirmed()
    {
        Proxy.Refuse();
        var life = await StartRecoveredAsync(settings => Durability(settings, d => d with { PageBytes = 1024 }));
        const int Count = 2_000;
        var acked = 0;
        var producer = Task.Run(async () =>
        {
            for (var number = 1; number <= Count; number++)
            {
                Assert.IsType<Ack>(await life.Publisher.PublishAsync(Numbers.Message(number)));
                Volatile.Write(ref acked, number);
            }
        });
        for (var copy = 0; copy < 5; copy++)
        {
            var due = (copy * Count / 6) + 1;
            await Until.TrueAsync(() => Volatile.Read(ref acked) >= due);
            var before = Volatile.Read(ref acked);
            var file = $"{Engine.File}-copy{copy}";
            await CopyAsync(file);
            await using var other = new Life(Settings, SqliteEngine.HoconOf(file));
            var recovered = await other.EventAsync<JournalRecovered>();
            Assert.InRange(recovered.Messages, before, Count);
        }

        await producer.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Proxy.Accept();
        await AssertArrivedAsync(Count);
    }

    [Fact]
    public async Task The_facade_with_a_file_takes_up_what_was_left()
    {
        Proxy.Refuse();
        var file = Path.Combine(Path.GetDirectoryName(Engine.File)!, "the 'file' \"of\" a; facade.db");
        var settings = Settings with { Durability = new() };
        await using (var first = PersistentNatsPublisher.Start(settings, file))
        {
            Assert.Equal(new Ack(1), await first.PublishAsync(Numbers.Message(1)));
            await first.DrainAsync(TimeSpan.Zero);
        }

        Proxy.Accept();
        await using var second = PersistentNatsPublisher.Start(settings, file);
        Assert.Equal(new Ack(2), await second.PublishAsync(Numbers.Message(2)));
        await AssertArrivedAsync(2);
    }

    [Fact]
    public async Task Two_publishers_share_a_file_under_ids_of_their_own()
    {
        Proxy.Refuse();
        var one = await StartRecoveredAsync(settings => settings with { Name = "one" });
        var two = await StartRecoveredAsync(settings => settings with { Name = "two" });
        await Task.WhenAll(one.PublishAsync(1, 500), two.PublishAsync(1_001, 500));
        await one.EndAsync();
        await two.EndAsync();

        Proxy.Accept();
        var oneAgain = await StartRecoveredAsync(settings => settings with { Name = "one" });
        var twoAgain = await StartRecoveredAsync(settings => settings with { Name = "two" });
        Assert.Equal((500L, 500L), ((await oneAgain.EventAsync<JournalRecovered>()).Messages, (await twoAgain.EventAsync<JournalRecovered>()).Messages));
        await oneAgain.FlushAsync();
        await twoAgain.FlushAsync();
        await Reader.WaitForAsync(1_000);
        Assert.Equal(Numbers.To(500), Numbers.Of(Reader.Messages).Where(number => number <= 500));
        Assert.Equal(Enumerable.Range(1_001, 500), Numbers.Of(Reader.Messages).Where(number => number > 1_000));
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(200_000)]
    public async Task A_file_without_a_backlog_stays_small(int messages)
    {
        var life = await StartRecoveredAsync(settings => Durability(settings, d => d with { MarkDelay = TimeSpan.FromMilliseconds(100) }));
        const int Batch = 500;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, messages / Batch), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (index, _) =>
            {
                var reply = await life.Publisher.PublishAsync(Numbers.Batch((index * Batch) + 1, Batch));
                Assert.Equal(Batch, reply.Accepted);
            });
        await life.FlushAsync();
        Assert.Equal(messages, life.Status.Totals.Delivered);
        // What is at rest is deleted in steps, as the marks are written.
        await Until.TrueAsync(async () => await Engine.CountAsync() <= 20);
        // The log is not there when no connection was open for a moment: SQLite puts it into the file then.
        var bytes = new FileInfo(Engine.File).Length + (new FileInfo(Engine.File + "-wal") is { Exists: true } log ? log.Length : 0);
        Assert.InRange(bytes, 1, 64 << 20);

        Assert.True((await life.Publisher.DrainAsync(Until.DefaultTimeout)).Complete);
        await life.DisposeAsync();
        var next = await StartRecoveredAsync();
        Assert.Equal(0, (await next.EventAsync<JournalRecovered>()).Messages);
        Assert.Equal(messages + 1, Assert.IsType<Ack>(await next.Publisher.PublishAsync(Numbers.Message(0))).Sequence);
    }

    /// <summary>
    /// The file and its write-ahead log as a crash leaves them. A crash stops both at one moment; here a reader keeps the log from being
    /// begun anew between the two copies.
    /// </summary>
    private async Task CopyAsync(string file)
    {
        await using var connection = new SqliteConnection($"Data Source={Engine.File};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN; SELECT COUNT(*) FROM journal";
        await command.ExecuteScalarAsync();
        File.Copy(Engine.File, file);
        File.Copy(Engine.File + "-wal", file + "-wal");
    }

    /// <summary>Everything is in the file itself: a connection that is not closed yet may keep a checkpoint from its end.</summary>
    private Task CheckpointAsync() => Until.TrueAsync(
        async () => await Engine.AskAsync("PRAGMA wal_checkpoint(TRUNCATE)") is 0L, text: "the checkpoint is whole");

    private async Task LeaveAsync(int count)
    {
        Proxy.Refuse();
        var life = await StartRecoveredAsync();
        for (var number = 1; number <= count; number++)
        {
            Assert.IsType<Ack>(await life.Publisher.PublishAsync(Publish.Text(Numbers.Subject, string.Create(CultureInfo.InvariantCulture, $"marker-{number}"))));
        }

        await life.EndAsync();
        Proxy.Accept();
    }
}
