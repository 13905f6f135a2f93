using Akka.Hosting;
using NatsActors.Cluster;

namespace NatsActors.Hosting;

/// <summary>Adds sharded publishers to a node of Akka.Hosting. The node needs <c>WithClustering</c> of Akka.Cluster.Hosting.</summary>
public static class ShardedNatsPublisherHostingExtensions
{
    /// <summary>Adds the region of a type; its key in the registry is <see cref="ShardedNatsPublishersKey"/>.</summary>
    /// <inheritdoc cref="WithShardedNatsPublishers{TKey}(AkkaConfigurationBuilder, string, ShardedPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithShardedNatsPublishers(
        this AkkaConfigurationBuilder builder, string typeName, Action<ShardedPublisherOptions>? configure = null) =>
        builder.WithShardedNatsPublishers<ShardedNatsPublishersKey>(typeName, configure);

    /// <summary>Adds the region of a type by options; its key in the registry is <see cref="ShardedNatsPublishersKey"/>.</summary>
    /// <inheritdoc cref="WithShardedNatsPublishers{TKey}(AkkaConfigurationBuilder, string, ShardedPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithShardedNatsPublishers(
        this AkkaConfigurationBuilder builder, string typeName, ShardedPublisherOptions options) =>
        builder.WithShardedNatsPublishers<ShardedNatsPublishersKey>(typeName, options);

    /// <summary>Adds the region of a type, under a key of your own.</summary>
    /// <inheritdoc cref="WithShardedNatsPublishers{TKey}(AkkaConfigurationBuilder, string, ShardedPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithShardedNatsPublishers<TKey>(
        this AkkaConfigurationBuilder builder, string typeName, Action<ShardedPublisherOptions>? configure = null)
    {
        var options = new ShardedPublisherOptions();
        configure?.Invoke(options);
        return builder.WithShardedNatsPublishers<TKey>(typeName, options);
    }

    /// <summary>Adds the region of a type by options, under a key of your own.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="typeName">The type, as for <see cref="ShardedNatsPublishers.Start"/>.</param>
    /// <param name="options">The options.</param>
    public static AkkaConfigurationBuilder WithShardedNatsPublishers<TKey>(
        this AkkaConfigurationBuilder builder, string typeName, ShardedPublisherOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(typeName);
        ArgumentNullException.ThrowIfNull(options);
        var given = options.Copy();
        if (given.Hocon is { } hocon)
        {
            builder.AddHocon(hocon, HoconAddMode.Prepend);
        }

        return builder.WithActors((system, registry) => registry.Register<TKey>(ShardedNatsPublishers.Get(system).Start(typeName, given)));
    }
}
