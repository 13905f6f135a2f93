using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace NatsActors.Persistence.Tests.Engines;

/// <summary>The plugin of a <see cref="FaultyEngine"/>.</summary>
internal sealed class FaultyJournal(Config config) : AsyncWriteJournal
{
    private readonly FaultyEngine _engine = FaultyEngine.Of(config.GetString("engine"));

    public override async Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        await _engine.PassAsync();
        var events = _engine.EventsOf(persistenceId)
            .Where(one => one.Key >= fromSequenceNr && one.Key <= toSequenceNr).Select(one => one.Value).ToList();
        var failsAfter = _engine.FailReadingAfter;
        _engine.FailReadingAfter = null;
        foreach (var one in failsAfter is { } count ? events.Take(count) : events)
        {
            recoveryCallback(one);
        }

        if (failsAfter is not null)
        {
            throw new IOException("the test failed the reading");
        }
    }

    public override async Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
    {
        await _engine.PassAsync();
        return _engine.HighestOf(persistenceId);
    }

    protected override async Task<IImmutableList<Exception?>> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var writes = messages.ToList();
        await _engine.PassToWriteAsync();
        return writes.Select(_engine.Write).ToImmutableList();
    }

    protected override async Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken)
    {
        await _engine.PassAsync();
        _engine.Delete(persistenceId, toSequenceNr);
    }
}
