using Akka.Persistence;
using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>Events that cannot be read, or are missing: <c>durability.on-damage</c> decides.</summary>
public sealed class DamageTests() : JournalTests<FaultyEngine>(new FaultyEngine())
{
    [Fact]
    public async Task With_stop_the_publisher_ends_with_the_place_of_the_damage_and_the_journal_stays_as_it_is()
    {
        await LeaveAsync(10);
        var damaged = PageNumbers()[4];
        Flip(damaged);
        var before = Contents();

        var life = Start();
        var damage = await life.EventAsync<JournalDamaged>();
        Assert.Equal(damaged, damage.SequenceNr);
        Assert.Contains("its checksum does not hold", damage.Detail, StringComparison.Ordinal);
        var closed = await life.EventAsync<Closed>();
        Assert.Contains("durability.on-damage is stop", closed.Cause, StringComparison.Ordinal);
        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(await life.Publisher.PublishAsync(Numbers.Message(11))).Reason);
        Assert.Equal(ConnectionState.Closed, life.Status.State);
        await life.DisposeAsync();
        Assert.Equal(before, Contents());
        Assert.Equal(0, Reader.Count);
    }

    [Fact]
    public async Task With_skip_the_rest_is_sent_and_the_event_is_kept_aside_byte_for_byte()
    {
        await LeaveAsync(10);
        var damaged = PageNumbers()[4];
        Flip(damaged);
        var bytes = BytesOf(damaged);

        var life = await StartRecoveredAsync(Skip);
        Assert.Equal(9, (await life.EventAsync<JournalRecovered>()).Messages);
        var damage = await life.EventAsync<JournalDamaged>();
        Assert.Contains(PersistenceId + "-damaged", damage.Detail, StringComparison.Ordinal);
        await life.PublishAsync(11, 1);
        await life.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal([1, 2, 3, 4, 6, 7, 8, 9, 10, 11], Numbers.Of(Reader.Messages));
        Assert.Equal(bytes, Assert.IsType<byte[]>(Engine.EventsOf(PersistenceId + "-damaged").Values.Single().Payload));
        Assert.True((await life.Publisher.DrainAsync(Until.DefaultTimeout)).Complete);
        await life.DisposeAsync();

        // The damage is told of once: the event is gone from the journal.
        var next = await StartRecoveredAsync(Skip);
        await next.PublishAsync(12, 1);
        await next.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(12, Numbers.Of(Reader.Messages).Last());
        Assert.Single(Engine.EventsOf(PersistenceId + "-damaged"));
    }

    [Fact]
    public async Task With_skip_several_damaged_events_in_a_row_and_at_the_ends_are_kept()
    {
        await LeaveAsync(10);
        var pages = PageNumbers();
        foreach (var index in new[] { 0, 1, 5, 9 })
        {
            Flip(pages[index]);
        }

        var life = await StartRecoveredAsync(Skip);
        Assert.Equal(pages[0], life.Events.OfType<JournalDamaged>().First().SequenceNr);
        await life.PublishAsync(11, 1);
        await life.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal([3, 4, 5, 7, 8, 9, 11], Numbers.Of(Reader.Messages));
        Assert.Equal(4, Engine.EventsOf(PersistenceId + "-damaged").Count);
    }

    [Fact]
    public async Task With_skip_a_journal_that_fails_to_keep_the_event_is_tried_again()
    {
        await LeaveAsync(10);
        Flip(PageNumbers()[4]);
        Engine.Fault = (id, _) => id.EndsWith("-damaged", StringComparison.Ordinal) ? WriteFault.Fails : WriteFault.None;

        var life = Start(Skip);
        await life.EventAsync<JournalFailed>();
        var writes = Engine.Writes;
        await Until.TrueAsync(() => Engine.Writes > writes + 1);
        Assert.InRange(life.Status.JournalDownFor!.Value, TimeSpan.FromMilliseconds(1), Until.DefaultTimeout);
        Engine.Fault = (_, _) => WriteFault.None;
        await life.EventAsync<JournalRecovered>();
        await life.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal([1, 2, 3, 4, 6, 7, 8, 9, 10], Numbers.Of(Reader.Messages));
        Assert.Single(Engine.EventsOf(PersistenceId + "-damaged"));
    }

    [Theory]
    [InlineData(DamagePolicy.Stop)]
    [InlineData(DamagePolicy.Skip)]
    public async Task A_missing_event_is_damage(DamagePolicy policy)
    {
        await LeaveAsync(10);
        Engine.Replace(PersistenceId, PageNumbers()[4], null);

        var life = Start(settings => Durability(settings, d => d with { OnDamage = policy }));
        var damage = await life.EventAsync<JournalDamaged>();
        Assert.Equal(0, damage.SequenceNr);
        Assert.Contains($"messages 5 to 5 of '{PersistenceId}' are missing", damage.Detail, StringComparison.Ordinal);
        if (policy == DamagePolicy.Stop)
        {
            await life.EventAsync<Closed>();
            Assert.Equal(0, Reader.Count);
            return;
        }

        await life.EventAsync<JournalRecovered>();
        await life.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal([1, 2, 3, 4, 6, 7, 8, 9, 10], Numbers.Of(Reader.Messages));
    }

    [Fact]
    public async Task Damage_among_events_of_messages_that_have_ended_loses_nothing()
    {
        var first = await StartRecoveredAsync(settings => Durability(settings, d => d with { MarkDelay = TimeSpan.FromMinutes(1) }));
        await first.PublishAsync(1, 1);
        await first.FlushAsync();
        await first.PublishAsync(2, 1);
        await first.EndAsync();
        var numbers = PageNumbers();
        Flip(numbers[0]);

        var next = Start(Skip);
        await next.EventAsync<JournalRecovered>();
        await next.PublishAsync(3, 1);
        await AssertArrivedAsync(3);
    }

    [Fact]
    public async Task A_foreign_event_under_the_persistence_id_is_damage_and_no_hang()
    {
        await LeaveAsync(3);
        Engine.Replace(PersistenceId, PageNumbers()[1], "somebody else's");

        var life = Start();
        await Until.TrueAsync(() => life.Count<JournalDamaged>() + life.Count<JournalFailed>() + life.Count<Closed>() > 0);
        Assert.Equal(0, life.Count<JournalRecovered>());
        Assert.Equal(0, Reader.Count);
    }

    private static PublisherSettings Skip(PublisherSettings settings) =>
        Durability(settings, d => d with { OnDamage = DamagePolicy.Skip });

    /// <summary>Messages in the journal, each in a page of its own.</summary>
    private async Task LeaveAsync(int count)
    {
        Proxy.Refuse();
        var life = await StartRecoveredAsync();
        for (var number = 1; number <= count; number++)
        {
            await life.PublishAsync(number, 1);
        }

        await life.EndAsync();
        Proxy.Accept();
    }

    private List<long> PageNumbers() =>
        [.. Engine.EventsOf(PersistenceId).Where(one => Entry.Decode((byte[])one.Value.Payload, out _)!.HasPage).Select(one => one.Key)];

    private void Flip(long number)
    {
        var bytes = BytesOf(number).ToArray();
        bytes[bytes.Length / 2] ^= 1;
        Engine.Replace(PersistenceId, number, bytes);
    }

    private byte[] BytesOf(long number) => (byte[])Engine.EventsOf(PersistenceId)[number].Payload;

    private string Contents() => string.Join(
        ' ', Engine.EventsOf(PersistenceId).Select(one => $"{one.Key}:{Convert.ToHexString((byte[])one.Value.Payload)}"));
}
