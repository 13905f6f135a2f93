namespace NatsActors.Tests.Settings;

/// <summary>A key of reference.conf with its default as the file spells it.</summary>
internal sealed record ReferenceKey(string Path, string Default);

/// <summary>Keys that share a comment, and the comment's lines.</summary>
internal sealed record ReferenceGroup(IReadOnlyList<string> Comment, List<ReferenceKey> Keys);

/// <summary>
/// Reads the layout of reference.conf, which a parser of HOCON throws away: which comment stands above which keys. A comment belongs
/// to the keys below it up to the next comment or the end of the section. The comment above a section belongs to the section's first
/// keys, before their own.
/// </summary>
internal static class ReferenceText
{
    public static IReadOnlyList<ReferenceGroup> Read(string text)
    {
        var groups = new List<ReferenceGroup>();
        var sections = new Stack<string>();
        List<string> comment = [];
        ReferenceGroup? open = null;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith('#'))
            {
                open = null;
                comment.Add(line.TrimStart('#').Trim());
            }
            else if (line.EndsWith('{'))
            {
                sections.Push(line.TrimEnd('{').Trim());
                open = null;
                // The head of the file is about the file.
                comment = sections.Count == 1 ? [] : comment;
            }
            else if (line == "}")
            {
                sections.Pop();
                open = null;
            }
            else if (line.Length > 0)
            {
                open = Take(line, sections, comment, open, groups);
                comment = [];
            }
        }

        return groups;
    }

    private static ReferenceGroup Take(
        string line, Stack<string> sections, List<string> comment, ReferenceGroup? open, List<ReferenceGroup> groups)
    {
        var (name, value) = line.EndsWith("{}", StringComparison.Ordinal)
            ? (line[..^2].Trim(), "")
            : (line[..line.IndexOf('=')].Trim(), line[(line.IndexOf('=') + 1)..].Trim());
        if (open is null)
        {
            groups.Add(open = new ReferenceGroup(comment, []));
        }

        open.Keys.Add(new ReferenceKey(string.Join('.', sections.Reverse().Append(name)), value));
        return open;
    }
}
