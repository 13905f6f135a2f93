using System.Globalization;

namespace NatsActors.Protocol;

/// <summary>
/// The headers by which a stream takes messages as one atomic batch (ADR-50, nats-server 2.12.1,
/// https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-50.md). A batch id begins with a number of two digits
/// that <see cref="Renew"/> raises in place.
/// </summary>
internal static class AtomicBatchHeaders
{
    /// <summary>The server's limit.</summary>
    public const int MaxMessages = 1_000;

    /// <summary>JetStream's first API level with atomic batches.</summary>
    public const int ApiLevel = 2;

    /// <summary>How a batch ends, or is refused, when <see cref="AreTakenBy"/> says no.</summary>
    public const string NotTaken = "the server does not support atomic batches with message ids; nats-server 2.12.1 and newer do";

    /// <summary>JSAtomicPublishIncompleteBatchErr: a message of the batch is missing at the stream.</summary>
    public const int Incomplete = 10176;

    /// <summary>JSAtomicPublishContainsDuplicateMessageErr: the stream knows the id of a message.</summary>
    public const int ContainsDuplicate = 10201;

    /// <summary>JSAtomicPublishTooManyInflight: the stream or the server has as many open batches as it takes.</summary>
    public const int TooManyInFlight = 10210;

    private const string Id = "Nats-Batch-Id";
    private const string Sequence = "Nats-Batch-Sequence";
    private const string Commit = "Nats-Batch-Commit";
    private const int Digits = 2;

    // With its previews and release candidates.
    private const string VersionWithoutIds = "2.12.0";

    // A line end before it: the value of another header may contain the name.
    private static ReadOnlySpan<byte> IdLine => "\r\nNats-Batch-Id: "u8;

    /// <summary>
    /// Whether a server takes atomic batches with message ids. nats-server 2.12.0 has the same API level and refuses every batch with
    /// an id (10177).
    /// </summary>
    public static bool AreTakenBy(ServerInfo server) =>
        server.ApiLevel >= ApiLevel && !server.Version.StartsWith(VersionWithoutIds, StringComparison.Ordinal);

    /// <summary>The first id of the batch with this name.</summary>
    public static string IdOf(string name) => $"00-{name}";

    /// <summary>The headers of one message: those of the batch, then the message's own.</summary>
    /// <param name="own">The message's own headers; null for none.</param>
    /// <param name="id">The batch's id.</param>
    /// <param name="number">The message's number in the batch, from 1.</param>
    /// <param name="last">Whether the message commits the batch.</param>
    public static List<KeyValuePair<string, string>> Of(IReadOnlyList<KeyValuePair<string, string>>? own, string id, int number, bool last)
    {
        var headers = new List<KeyValuePair<string, string>>(3 + (own?.Count ?? 0))
        {
            new(Id, id),
            new(Sequence, number.ToString(CultureInfo.InvariantCulture)),
        };
        if (last)
        {
            headers.Add(new(Commit, "1"));
        }

        headers.AddRange(own ?? []);
        return headers;
    }

    /// <summary>Whether frames in one piece are an atomic batch.</summary>
    public static bool IsBatch(Span<byte> frames) => FrameReader.Headers(frames).IndexOf(IdLine) >= 0;

    /// <summary>Gives all frames of a batch the next id, in place.</summary>
    public static void Renew(Span<byte> frames)
    {
        for (; !frames.IsEmpty; frames = FrameReader.Behind(frames))
        {
            var headers = FrameReader.Headers(frames);
            var number = headers.Slice(headers.IndexOf(IdLine) + IdLine.Length, Digits);
            var next = (((number[0] - '0') * 10) + number[1] - '0' + 1) % 100;
            (number[0], number[1]) = ((byte)('0' + (next / 10)), (byte)('0' + (next % 10)));
        }
    }
}
