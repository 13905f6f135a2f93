using Akka.Actor.Setup;
using NATS.Client.Core;

namespace NatsActors;

/// <summary>
/// Credentials and options of NATS.Client.Core for publishers, which HOCON must not or cannot hold. Part of the
/// <see cref="ActorSystemSetup"/>. The setup is immutable; every method returns a new one.
/// </summary>
/// <remarks>An ActorSystem logs and shares its whole configuration, so secrets have no key there.</remarks>
public sealed class NatsPublisherSetup : Setup
{
    private readonly IReadOnlyDictionary<string, NatsCredentials> _credentials;
    private readonly IReadOnlyDictionary<string, Func<NatsOpts, NatsOpts>> _options;

    private NatsPublisherSetup(
        IReadOnlyDictionary<string, NatsCredentials> credentials, IReadOnlyDictionary<string, Func<NatsOpts, NatsOpts>> options)
    {
        _credentials = credentials;
        _options = options;
    }

    /// <summary>A setup without credentials and options, to start from.</summary>
    public static NatsPublisherSetup Empty { get; } = new(
        new Dictionary<string, NatsCredentials>(), new Dictionary<string, Func<NatsOpts, NatsOpts>>());

    /// <summary>Sets a publisher's user and password, or token. For NKey, JWT and others use <see cref="WithNatsOpts"/>.</summary>
    /// <param name="credentials">The credentials, which replace those of the settings.</param>
    /// <param name="publisher">The publisher's name; null for all publishers without credentials of their own in this setup.</param>
    public NatsPublisherSetup WithCredentials(NatsCredentials credentials, string? publisher = null)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        return new NatsPublisherSetup(With(_credentials, publisher, credentials), _options);
    }

    /// <summary>
    /// Changes the options of NATS.Client.Core: authentication (NKey, JWT, a callback), TLS, WebSocket, buffers, loggers.
    /// </summary>
    /// <param name="configure">
    /// Gets the options that the publisher's settings make, for one server, and returns the options to use. Called for each link.
    /// The link overrides the options that it depends on: time-outs, retries, pings, the inbox prefix and the request-reply mode.
    /// </param>
    /// <param name="publisher">The publisher's name; null for all publishers without a function of their own in this setup.</param>
    public NatsPublisherSetup WithNatsOpts(Func<NatsOpts, NatsOpts> configure, string? publisher = null)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return new NatsPublisherSetup(_credentials, With(_options, publisher, configure));
    }

    /// <summary>A text without credentials.</summary>
    public override string ToString() => $"{nameof(NatsPublisherSetup)} {{ Credentials = {_credentials.Count}, NatsOpts = {_options.Count} }}";

    internal PublisherSettings Complete(PublisherSettings settings) =>
        Find(_credentials, settings.Name) is { } credentials
            ? settings with { Connection = settings.Connection with { Credentials = credentials } }
            : settings;

    internal Func<NatsOpts, NatsOpts>? OptionsOf(string publisher) => Find(_options, publisher);

    private static Dictionary<string, T> With<T>(IReadOnlyDictionary<string, T> all, string? publisher, T value) =>
        new(all, StringComparer.Ordinal) { [publisher ?? ""] = value };

    private static T? Find<T>(IReadOnlyDictionary<string, T> all, string publisher)
        where T : class => all.TryGetValue(publisher, out var own) || all.TryGetValue("", out own) ? own : null;
}
