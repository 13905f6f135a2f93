using System.Collections.Concurrent;
using Akka.Configuration;
using Akka.Persistence;

namespace NatsActors.Persistence.Tests.Engines;

/// <summary>What becomes of one write.</summary>
public enum WriteFault
{
    None,
    Fails,
    Rejects,

    /// <summary>The event is stored, and the write is reported as failed.</summary>
    FailsStored,
}

/// <summary>A journal in memory that outlives actor systems, and fails, rejects and hangs on demand.</summary>
public sealed class FaultyEngine : JournalEngine
{
    private static readonly ConcurrentDictionary<string, FaultyEngine> Engines = new();

    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedDictionary<long, IPersistentRepresentation>> _events = [];
    private readonly Dictionary<string, long> _highest = [];
    private TaskCompletionSource? _held;
    private TaskCompletionSource? _heldWrites;
    private int _waitingWrites;
    private volatile bool _down;
    private int _writes;

    /// <summary>Decides about writes, by persistence id and number of the event.</summary>
    internal Func<string, long, WriteFault> Fault { get; set; } = (_, _) => WriteFault.None;

    /// <summary>The next reading fails behind this many events; null when it does not.</summary>
    internal int? FailReadingAfter { get; set; }

    public override string PluginId => "akka.persistence.journal.faulty";

    public override Config Hocon => ConfigurationFactory.ParseString(
        $$"""
        {{PluginId}} {
          class = "{{typeof(FaultyJournal).AssemblyQualifiedName}}"
          engine = "{{_id}}"
          {{Breaker}}
        }
        """);

    /// <summary>Writes that have begun.</summary>
    internal int Writes => Volatile.Read(ref _writes);

    internal static FaultyEngine Of(string id) => Engines[id];

    public override Task InitializeAsync()
    {
        Engines[_id] = this;
        return Task.CompletedTask;
    }

    public override Task DisposeAsync()
    {
        Release();
        Engines.TryRemove(_id, out _);
        return Task.CompletedTask;
    }

    public override Task TakeDownAsync()
    {
        _down = true;
        return Task.CompletedTask;
    }

    public override Task BringBackAsync()
    {
        _down = false;
        return Task.CompletedTask;
    }

    public override Task<long> CountAsync()
    {
        lock (_gate)
        {
            return Task.FromResult((long)_events.Values.Sum(static events => events.Count));
        }
    }

    /// <summary>From here on every call hangs until <see cref="Release"/>.</summary>
    internal void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From here on every write hangs until <see cref="Release"/>; readings go on.</summary>
    internal void HoldWrites() => _heldWrites = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Writes that hang since <see cref="HoldWrites"/>.</summary>
    internal int WaitingWrites => Volatile.Read(ref _waitingWrites);

    internal void Release()
    {
        Interlocked.Exchange(ref _held, null)?.TrySetResult();
        Interlocked.Exchange(ref _heldWrites, null)?.TrySetResult();
    }

    /// <summary>The events of a persistence id; a copy.</summary>
    internal SortedDictionary<long, IPersistentRepresentation> EventsOf(string persistenceId)
    {
        lock (_gate)
        {
            return _events.TryGetValue(persistenceId, out var events) ? new(events) : [];
        }
    }

    /// <summary>Puts another payload in an event's place; null takes the event away.</summary>
    internal void Replace(string persistenceId, long number, object? payload)
    {
        lock (_gate)
        {
            var events = _events[persistenceId];
            if (payload is null)
            {
                events.Remove(number);
                return;
            }

            events[number] = events[number].WithPayload(payload);
        }
    }

    internal Task PassAsync() => _down ? throw new IOException("the test took the journal down") : _held?.Task ?? Task.CompletedTask;

    internal async Task PassToWriteAsync()
    {
        await PassAsync();
        if (_heldWrites is { } held)
        {
            Interlocked.Increment(ref _waitingWrites);
            await held.Task;
        }
    }

    internal Exception? Write(AtomicWrite write)
    {
        Interlocked.Increment(ref _writes);
        lock (_gate)
        {
            var events = _events.TryGetValue(write.PersistenceId, out var known) ? known : _events[write.PersistenceId] = [];
            var fault = Fault(write.PersistenceId, write.LowestSequenceNr);
            if (fault == WriteFault.Rejects)
            {
                return new IOException("the test rejected the event");
            }

            if (fault == WriteFault.Fails)
            {
                throw new IOException("the test failed the write");
            }

            foreach (var one in (IEnumerable<IPersistentRepresentation>)write.Payload)
            {
                if (events.ContainsKey(one.SequenceNr))
                {
                    throw new InvalidOperationException($"there is an event {one.SequenceNr} already");
                }

                events.Add(one.SequenceNr, one);
                _highest[write.PersistenceId] = Math.Max(_highest.GetValueOrDefault(write.PersistenceId), one.SequenceNr);
            }

            return fault == WriteFault.FailsStored ? throw new IOException("the test failed the write behind the event") : null;
        }
    }

    internal long HighestOf(string persistenceId)
    {
        lock (_gate)
        {
            return _highest.GetValueOrDefault(persistenceId);
        }
    }

    internal void Delete(string persistenceId, long through)
    {
        lock (_gate)
        {
            foreach (var number in _events.TryGetValue(persistenceId, out var events) ? events.Keys.Where(number => number <= through).ToList() : [])
            {
                events!.Remove(number);
            }
        }
    }
}
