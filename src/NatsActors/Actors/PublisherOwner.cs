using Microsoft.Extensions.Logging;

namespace NatsActors.Actors;

/// <summary>
/// Who has made a publisher that is one of many of a kind: an actor that ends it itself. Such a publisher does not drain with the
/// others in CoordinatedShutdown, and has no metrics of its own name, because there may be thousands of names.
/// </summary>
/// <param name="Kind">The kind, which takes the place of the name in the tags of histograms.</param>
/// <param name="Logger">Where the publisher logs.</param>
/// <param name="Ended">Called once when the publisher has ended, with the cause; null after a drain. Runs on the thread that ends the publisher.</param>
internal sealed record PublisherOwner(string Kind, ILogger Logger, Action<PublisherParts, string?> Ended);
