using NatsActors.Protocol;

namespace NatsActors.Connection;

/// <summary>The next server to try, and the wait before the attempt; zero for none.</summary>
internal readonly record struct ServerAttempt(ServerAddress Server, TimeSpan Delay);

/// <summary>
/// The servers that a publisher may connect to: the seeds, and the servers that INFO announces. Each server has its own back-off,
/// so the publisher leaves a dead server without a wait while another one may be tried. The pool always has at least one server, and
/// no two servers with the same host and port. The caller passes the time (of any clock that only goes forward) and the source of
/// randomness. Not thread-safe.
/// </summary>
internal sealed class ServerPool
{
    /// <summary>
    /// The largest number of discovered servers: more than any cluster needs for a failover. The publisher dials every server that is
    /// announced, so a hostile server with an endless list could make it dial strangers.
    /// </summary>
    public const int MaxDiscovered = 100;

    /// <summary>
    /// How long a server that announced its end stands behind the others. It is down for seconds at least; later it may have been
    /// restarted.
    /// </summary>
    public static readonly TimeSpan LameDuckRest = TimeSpan.FromSeconds(10);

    private readonly BackoffSettings _settings;
    private readonly Backoff _backoff;
    private readonly Random _random;
    private readonly bool _randomize;

    // In the order of the next attempts. A server that was tried goes to the end.
    private readonly List<Entry> _entries = [];
    private Entry? _current;
    private TimeSpan _upSince;
    private bool _proved;
    private bool _triedDiscovered;

    public ServerPool(IEnumerable<ServerAddress> seeds, BackoffSettings backoff, bool randomize, Random random)
    {
        _settings = backoff;
        _backoff = new Backoff(backoff, random);
        _random = random;
        _randomize = randomize;
        foreach (var seed in seeds.Distinct())
        {
            Insert(new Entry(seed, isSeed: true));
        }

        if (_entries.Count == 0)
        {
            throw new ArgumentException("At least one seed server is needed.", nameof(seeds));
        }
    }

    /// <summary>Makes the pool of validated settings.</summary>
    public ServerPool(ConnectionSettings settings, Random random)
        : this(settings.Servers.Select(ServerAddress.Parse), settings.Backoff, settings.RandomizeServers, random)
    {
    }

    /// <summary>All servers, in the order of the next attempts.</summary>
    public IEnumerable<ServerAddress> Servers => _entries.Select(entry => entry.Address);

    /// <summary>The server of the link; null while there is no link.</summary>
    public ServerAddress? Current => _current?.Address;

    /// <summary>Failed attempts in a row, over all servers.</summary>
    public int FailedAttempts { get; private set; }

    /// <summary>Whether <c>backoff.max-attempts</c> has been reached.</summary>
    public bool AttemptsExhausted => _settings.MaxAttempts > 0 && FailedAttempts >= _settings.MaxAttempts;

    /// <summary>
    /// The first server that may be tried now. If there is none, the server with the shortest wait. After a discovered server that
    /// could not be reached, a seed that may be tried comes first: clusters announce addresses that clients cannot reach, and such
    /// addresses must not delay the way back to a known server. The call changes nothing.
    /// </summary>
    public ServerAttempt Next(TimeSpan now)
    {
        var candidates = _entries.Where(entry => !entry.IsLameDuckAt(now)).ToList();
        candidates = candidates.Count > 0 ? candidates : _entries;
        var entry = (_triedDiscovered ? candidates.Find(entry => entry.IsSeed && entry.AllowedAt <= now) : null)
            ?? candidates.MinBy(entry => entry.AllowedAt > now ? entry.AllowedAt : TimeSpan.MinValue)!;
        return new ServerAttempt(entry.Address, entry.AllowedAt > now ? entry.AllowedAt - now : TimeSpan.Zero);
    }

    /// <summary>
    /// A link to the server is up. The server's failures are kept until the link proves it good. Otherwise a server that takes
    /// connections and ends them at once would be asked again and again without a growing wait.
    /// </summary>
    public void Up(ServerAddress server, TimeSpan now)
    {
        FailedAttempts = 0;
        _upSince = now;
        _proved = false;
        _current = Find(server);
        if (_current is not null)
        {
            _current.LameDuckUntil = TimeSpan.MinValue;
        }
    }

    /// <summary>The link has confirmed something, which the PONG of a login is not. The failures of its server are forgotten.</summary>
    public void Proved()
    {
        _proved = true;
        _current?.Forgive();
    }

    /// <summary>An attempt has failed. Counts towards max-attempts.</summary>
    public void Failed(ServerAddress server, LinkLossKind kind, TimeSpan now)
    {
        FailedAttempts = FailedAttempts == int.MaxValue ? int.MaxValue : FailedAttempts + 1;
        if (MoveToEnd(server) is { } entry)
        {
            BackOff(entry, kind, now);
        }

        _triedDiscovered = Find(server) is { IsSeed: false };
    }

    /// <summary>
    /// A link that was up is lost. The publisher asks the same server again after the first back-off, so that the clients of a
    /// restarting server do not all return in the same moment. The publisher tries another server at once. A link that has lasted for
    /// <see cref="Backoff.Proof"/> proved its server good, like one that confirmed something. A link that the publisher ended itself
    /// (<see cref="LinkLossKind.Local"/>) causes no wait.
    /// </summary>
    public void Lost(ServerAddress server, LinkLossKind kind, TimeSpan now)
    {
        TimeSpan? lasted = _current is null ? null : now - _upSince;
        _current = null;
        if (MoveToEnd(server) is not { } entry)
        {
            return;
        }

        if (lasted is not null && (_proved || lasted >= _backoff.Proof))
        {
            entry.Forgive();
            lasted = null;
        }

        if (kind != LinkLossKind.Local)
        {
            BackOff(entry, kind, now, lasted);
        }
    }

    /// <summary>
    /// The server is about to end. It goes to the end of the pool, and while there is another server it is not tried for
    /// <see cref="LameDuckRest"/>.
    /// </summary>
    public void LameDuck(ServerAddress server, TimeSpan now)
    {
        if (MoveToEnd(server) is { } entry)
        {
            entry.LameDuckUntil = now + LameDuckRest;
        }
    }

    /// <summary>
    /// Another publisher has a link to the server, so the server need not be waited for: <see cref="Next"/> names it. One early attempt
    /// is made in an ordinary wait, which goes on when that attempt fails, so early attempts at most double the number of attempts.
    /// </summary>
    /// <returns>
    /// False when the server is not in the pool, refused the credentials, or was tried early in this wait.
    /// </returns>
    public bool FoundUp(ServerAddress server, TimeSpan now)
    {
        if (Find(server) is not { Refused: false } entry || now < entry.EarlyUntil)
        {
            return false;
        }

        entry.EarlyUntil = entry.AllowedAt;
        entry.AllowedAt = TimeSpan.MinValue;
        entry.LameDuckUntil = TimeSpan.MinValue;
        return true;
    }

    /// <summary>
    /// Takes over the servers that INFO announces. A discovered server that is no longer announced leaves the pool, unless it is the
    /// link's server. An empty announcement changes nothing, because servers that do not advertise send an empty one.
    /// </summary>
    /// <param name="announcer">The link's server. New servers inherit its TLS and its credentials.</param>
    /// <param name="urls">INFO's <c>connect_urls</c>: <c>host:port</c>.</param>
    /// <returns>The new servers.</returns>
    public IReadOnlyList<ServerAddress> Discovered(ServerAddress announcer, IReadOnlyList<string> urls)
    {
        var announced = new HashSet<ServerAddress>();
        foreach (var url in urls)
        {
            if (ServerAddress.TryParse(url, out var address, out _))
            {
                announced.Add(address.Inherit(announcer));
            }
        }

        if (announced.Count == 0)
        {
            return [];
        }

        _entries.RemoveAll(entry => !entry.IsSeed && entry != _current && !announced.Contains(entry.Address));
        var known = _entries.Select(entry => entry.Address).ToHashSet();
        var room = Math.Max(0, MaxDiscovered - _entries.Count(entry => !entry.IsSeed));
        var added = announced.Where(address => !known.Contains(address)).Take(room).ToList();
        foreach (var address in added)
        {
            Insert(new Entry(address, isSeed: false));
        }

        return added;
    }

    // lasted: how long the link was up, if it came up and proved nothing.
    private void BackOff(Entry entry, LinkLossKind kind, TimeSpan now, TimeSpan? lasted = null)
    {
        entry.Failures = entry.Failures == int.MaxValue ? int.MaxValue : entry.Failures + 1;
        entry.Refused = kind == LinkLossKind.Authorization;
        entry.AllowedAt = entry.Refused ? now + _backoff.AfterRefusal()
            : lasted is { } time ? now + _backoff.AfterShortLink(entry.Failures, time)
            : now < entry.EarlyUntil ? entry.EarlyUntil
            : now + _backoff.After(entry.Failures);
    }

    private void Insert(Entry entry) => _entries.Insert(_randomize ? _random.Next(_entries.Count + 1) : _entries.Count, entry);

    private Entry? MoveToEnd(ServerAddress server)
    {
        var entry = Find(server);
        if (entry is not null)
        {
            _entries.Remove(entry);
            _entries.Add(entry);
        }

        return entry;
    }

    private Entry? Find(ServerAddress server) => _entries.Find(entry => entry.Address.Equals(server));

    private sealed class Entry(ServerAddress address, bool isSeed)
    {
        public ServerAddress Address { get; } = address;
        public bool IsSeed { get; } = isSeed;
        public int Failures { get; set; }
        public TimeSpan AllowedAt { get; set; } = TimeSpan.MinValue;
        public TimeSpan LameDuckUntil { get; set; } = TimeSpan.MinValue;

        /// <summary>The server refused the credentials when it was last asked.</summary>
        public bool Refused { get; set; }

        /// <summary>The end of the wait that an early attempt cut short; no other early attempt is made before it.</summary>
        public TimeSpan EarlyUntil { get; set; } = TimeSpan.MinValue;

        public bool IsLameDuckAt(TimeSpan now) => now < LameDuckUntil;

        public void Forgive()
        {
            Failures = 0;
            AllowedAt = TimeSpan.MinValue;
            EarlyUntil = TimeSpan.MinValue;
        }
    }
}
