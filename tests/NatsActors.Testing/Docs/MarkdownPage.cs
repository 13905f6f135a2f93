using System.Text.RegularExpressions;

namespace NatsActors.Testing;

/// <summary>A block of code on a page.</summary>
/// <param name="Language">The word behind the opening fence.</param>
/// <param name="Text">The block without its fences.</param>
/// <param name="Line">The line of the block's first line of text, from 1, for the messages of failing tests.</param>
public sealed record CodeBlock(string Language, string Text, int Line);

/// <summary>One page of the documentation: its blocks of code, its links and its headings.</summary>
public sealed partial class MarkdownPage
{
    private MarkdownPage(string name)
    {
        Name = name;
        Path = Repository.PathTo(name.Split('/'));
        Text = File.ReadAllText(Path);
        Blocks = [.. Fence().Matches(Text).Select(block => new CodeBlock(
            block.Groups["language"].Value, block.Groups["text"].Value, Text[..block.Groups["text"].Index].Count(c => c == '\n') + 1))];
        var prose = Fence().Replace(Text, "");
        Links = [.. Link().Matches(prose).Select(link => link.Groups["target"].Value)];
        Names = [.. Code().Matches(prose).Select(code => code.Groups["text"].Value)];
        Anchors = AnchorsOf(prose).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The README, CONTRIBUTING and the change log where they exist, and every page below <c>docs</c>.</summary>
    public static IReadOnlyList<MarkdownPage> All { get; } =
    [
        .. new[] { "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "src/NatsActors/Connection/connection-states.md" }
            .Where(name => File.Exists(Repository.PathTo(name.Split('/'))))
            .Concat(Directory.GetFiles(Repository.PathTo("docs"), "*.md", SearchOption.AllDirectories)
                .Select(path => System.IO.Path.GetRelativePath(Repository.PathTo(), path).Replace('\\', '/')).Order(StringComparer.Ordinal))
            .Select(name => new MarkdownPage(name)),
    ];

    /// <summary>The path from the root of the repository, with slashes.</summary>
    public string Name { get; }

    public string Path { get; }

    public string Text { get; }

    /// <summary>The fenced blocks, in order.</summary>
    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>The targets of links and pictures.</summary>
    public IReadOnlyList<string> Links { get; }

    /// <summary>Everything between single backquotes.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The anchors that GitHub gives to the headings.</summary>
    public IReadOnlySet<string> Anchors { get; }

    public static MarkdownPage Of(string name) =>
        All.FirstOrDefault(page => page.Name == name) ?? throw new InvalidOperationException($"There is no page {name}.");

    /// <summary>The blocks of a language.</summary>
    public IEnumerable<CodeBlock> BlocksIn(string language) => Blocks.Where(block => block.Language == language);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static IEnumerable<string> AnchorsOf(string prose)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Match heading in Heading().Matches(prose))
        {
            var plain = Link().Replace(heading.Groups["title"].Value.Trim(), match => match.Groups["text"].Value).ToLowerInvariant();
            var anchor = NotInAnchors().Replace(plain, "").Replace(' ', '-');
            var count = seen.GetValueOrDefault(anchor);
            seen[anchor] = count + 1;
            yield return count == 0 ? anchor : $"{anchor}-{count}";
        }
    }

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<text>.*?)\n```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\[(?<text>[^\[\]]*)\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`(?<text>[^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^#{1,6} (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}\-_ ]")]
    private static partial Regex NotInAnchors();
}
