using NatsActors.Persistence;

namespace NatsActors.Specs.Journals;

/// <summary>What the events of a journal say, read without the actor that wrote them.</summary>
internal static class JournalText
{
    /// <summary>The messages of an event's page.</summary>
    public static IEnumerable<(PageFrame Page, SentFrame Frame)> Messages(byte[] journalled)
    {
        var entry = Entry.Decode(journalled, out var fault);
        Assert.Null(fault);
        foreach (var (page, bytes) in entry!.Messages(0, 0))
        {
            yield return (page, FrameParser.Parse(new FrameBatch(bytes, page.Sequence, page.Sequence, 1)).Single());
        }
    }

    /// <summary>What a process that starts now has to send: every message of the pages that no mark names, in order.</summary>
    public static IReadOnlyList<(PageFrame Page, SentFrame Frame)> Left(IReadOnlyCollection<byte[]> events)
    {
        var entries = events.Select(each => Entry.Decode(each, out _)!).ToList();
        var through = entries.Select(entry => entry.EndedThrough).DefaultIfEmpty().Max();
        var ended = entries.SelectMany(entry => entry.Ended).ToList();
        return [.. events.SelectMany(Messages).Where(each => each.Page.Sequence > through
            && !ended.Exists(range => each.Page.Sequence >= range.First && each.Page.Sequence <= range.Last))];
    }
}
