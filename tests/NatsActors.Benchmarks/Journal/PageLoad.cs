using System.Text;

namespace NatsActors.Benchmarks.Journal;

/// <summary>When the oldest pages are deleted.</summary>
internal enum Deletes
{
    /// <summary>Never.</summary>
    None,

    /// <summary>While pages are written; one delete at a time.</summary>
    Beside,

    /// <summary>While no page is under way; writes wait for the delete.</summary>
    Between,
}

/// <summary>What the bytes of a page are; PostgreSQL compresses what it can.</summary>
internal enum Content
{
    /// <summary>Nothing compresses it.</summary>
    Random,

    /// <summary>Short JSON texts with changing numbers.</summary>
    Text,
}

/// <summary>The pages of one turn.</summary>
/// <param name="Pages">How many.</param>
/// <param name="PageBytes">The bytes of each.</param>
/// <param name="UnderWay">How many are given to the journal before it has answered.</param>
/// <param name="Deletes">When the oldest are deleted.</param>
internal sealed record PageLoad(int Pages, int PageBytes, int UnderWay, Deletes Deletes)
{
    /// <summary>Pages that one delete takes.</summary>
    public const int PagesOfDelete = 64;

    /// <summary>The pages, again and again.</summary>
    public required IReadOnlyList<byte[]> Contents { get; init; }

    /// <summary>All bytes.</summary>
    public long Bytes => (long)Pages * PageBytes;

    /// <summary>Different pages of one size.</summary>
    public static IReadOnlyList<byte[]> Make(Content content, int bytes)
    {
        const int different = 16;
        var random = new Random(1);
        return [.. Enumerable.Range(0, different).Select(_ => content == Content.Random ? Noise(random, bytes) : Texts(random, bytes))];
    }

    private static byte[] Noise(Random random, int bytes)
    {
        var page = new byte[bytes];
        random.NextBytes(page);
        return page;
    }

    private static byte[] Texts(Random random, int bytes)
    {
        var text = new StringBuilder(bytes + 128);
        while (text.Length < bytes)
        {
            text.Append($"PUB orders.new 98\r\n{{\"id\":\"{random.NextInt64():x16}\",\"customer\":{random.Next(100_000)},\"total\":{random.NextDouble() * 1000:0.00}}}\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, bytes));
    }
}
