using Akka.Actor;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NatsActors.Actors;

namespace NatsActors.Cluster.Sharding;

/// <summary>What the publishers of one type have in common on this node. May be used by any thread.</summary>
internal sealed class ShardedType
{
    private readonly NatsPublishers _publishers;
    private readonly PublisherSettings _shared;
    private readonly ShardedPublisherOptions _options;

    public ShardedType(string name, ShardingSettings sharding, ShardedPublisherOptions options, NatsPublishers publishers, ILogger logger)
    {
        Name = name;
        Meter = new ShardMeter(name);
        Sharding = sharding;
        _options = options;
        _publishers = publishers;
        Logger = logger;
        var settings = publishers.SettingsOrShared(name);
        _shared = settings with
        {
            Durability = settings.Durability with { Journal = options.Journal ?? settings.Durability.Journal },
            Connection = options.Credentials is { } credentials ? settings.Connection with { Credentials = credentials } : settings.Connection,
        };
    }

    public string Name { get; }

    public ShardingSettings Sharding { get; }

    public ILogger Logger { get; }

    public ShardMeter Meter { get; }

    /// <summary>The journal of buffers and of keys; empty for none.</summary>
    public string Journal => _shared.Durability.Journal;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The name of a key's publisher on its node.</summary>
    public static string NameOf(string type, string key) => $"{type}-{key}";

    /// <summary>What a journal keeps a key's messages under. Names and keys have no slash, so no two keys of any types share an id.</summary>
    public static string PersistenceIdOf(string type, string key) => $"nats-publishers/{type}/{key}";

    /// <summary>Fails when the settings that the keys have in common are not valid, or their journal is missing.</summary>
    /// <exception cref="SettingsException">The exception lists every violation.</exception>
    public void Check() => _publishers.PropsOf(Named(_shared, "key"), _options.NatsOpts);

    /// <summary>The Props of a key's publisher.</summary>
    /// <exception cref="Exception">The user's function of settings has thrown, or has made settings that are not valid.</exception>
    public Props PropsOf(string key, Action<PublisherParts, string?> ended)
    {
        var settings = _options.Settings?.Invoke(key, Named(_shared, key)) ?? _shared;
        return _publishers.PropsOf(Named(settings, key), _options.NatsOpts, new PublisherOwner(Name, Logger, (parts, cause) =>
        {
            Meter.Ended(parts);
            ended(parts, cause);
        }));
    }

    /// <summary>The parts of a key's publisher; null when it does not run.</summary>
    public PublisherParts? Find(string key) => _publishers.Running.TryGet(NameOf(Name, key), out _, out var parts) ? parts : null;

    /// <summary>The publishers of this type that run on this node.</summary>
    public IEnumerable<(IActorRef Publisher, PublisherParts Parts)> Running() =>
        _publishers.Running.All().Where(each => each.Parts.Owner?.Kind == Name).Select(static each => (each.Publisher, each.Parts));

    private PublisherSettings Named(PublisherSettings settings, string key) => settings with
    {
        Name = NameOf(Name, key),
        Durability = settings.Durability with { Journal = Journal, PersistenceId = Journal.Length == 0 ? "" : PersistenceIdOf(Name, key) },
    };
}
