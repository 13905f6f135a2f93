using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Tests.House;

/// <summary>A file of src/NatsActors: where it lies, what it declares and what it names.</summary>
internal sealed class SourceFile
{
    private const RegexOptions PerLine = RegexOptions.Multiline | RegexOptions.CultureInvariant;

    private SourceFile(string root, string path)
    {
        Path = System.IO.Path.GetRelativePath(root, path).Replace('\\', '/');
        Source = File.ReadAllText(path);
        Code = CodeText.Of(Source);
    }

    /// <summary>Below src/NatsActors: <c>Links/Link.cs</c>.</summary>
    public string Path { get; }

    /// <summary>The folder; empty for the root.</summary>
    public string Folder => Path.Contains('/') ? Path[..Path.LastIndexOf('/')] : "";

    public string Source { get; }

    /// <summary>The source without comments and texts.</summary>
    public string Code { get; }

    public int Lines => Source.AsSpan().TrimEnd('\n').Count('\n') + 1;

    /// <summary>The namespace of the file.</summary>
    public string Namespace => Regex.Match(Code, @"^namespace\s+([\w.]+)", PerLine).Groups[1].Value;

    /// <summary>The namespaces of the file's using directives, also of those with an alias.</summary>
    public IEnumerable<string> Usings =>
        Regex.Matches(Code, @"^\s*(?:global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?([\w.]+)\s*;", PerLine).Select(found => found.Groups[1].Value);

    /// <summary>All files of the library, without what a build leaves there.</summary>
    public static IReadOnlyList<SourceFile> ReadAll()
    {
        var root = Repository.PathTo("src", "NatsActors");
        return [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Regex.IsMatch(System.IO.Path.GetRelativePath(root, path), @"^(bin|obj)[\\/]"))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(root, path))];
    }

    /// <summary>The types of the file, without those inside other types.</summary>
    public IEnumerable<string> Types() =>
        Regex.Matches(Code, @"\b(?:class|struct|interface|enum|record(?:\s+struct|\s+class)?)\s+(\w+)|\bdelegate\s[^;({]*?(\w+)\s*(?:<[^>]*>)?\s*\(", PerLine)
            .Where(found => !IsNested(found.Index))
            .Select(found => found.Groups[1].Success ? found.Groups[1].Value : found.Groups[2].Value)
            .Where(name => name is not ("class" or "struct"));

    /// <summary>
    /// The identifiers of the file that can be types, with their lines. A name behind a dot is a member of something that is
    /// named before it, a name before a colon is an argument's, a name before <c>=</c> is what is assigned to, and a name that
    /// the file gives to a member of its own is taken for that member.
    /// </summary>
    public IEnumerable<(string Name, int Line)> Names()
    {
        var members = Members().ToHashSet(StringComparer.Ordinal);
        return Regex.Matches(Code, @"(?<![\w.@])[A-Z]\w*(?!\w)(?!\s*:(?!:))(?!\s*=(?![=>]))", PerLine)
            .Where(found => !members.Contains(found.Value))
            .Select(found => (found.Value, LineOf(found.Index)));
    }

    /// <summary>Pairs of identifiers with a dot between them, such as a folder's namespace and a type of it, with their lines.</summary>
    public IEnumerable<(string Before, string Name, int Line)> QualifiedNames() =>
        Regex.Matches(Code, @"(?<![\w.])(?:NatsActors\.)?([A-Z]\w*)\.([A-Z]\w*)", PerLine)
            .Select(found => (found.Groups[1].Value, found.Groups[2].Value, LineOf(found.Index)));

    /// <summary>The lines that match.</summary>
    public IEnumerable<int> LinesWith(string pattern) => Regex.Matches(Code, pattern, PerLine).Select(found => LineOf(found.Index));

    /// <summary>Properties, methods and fields (a type, then the name), and the values of enums (alone on their line).</summary>
    private IEnumerable<string> Members() =>
        Regex.Matches(Code, @"(?<![\w.])(?!(?:new|return|is|as|case|await|throw|not|or|and|in|class|struct|record|interface|enum)\b)[\w.]+(?:<[^;{}()]*>)?(?:\[\])?\??\s+(\w+)\s*(?:\{|=>|\(|=(?!=)|;)", PerLine)
            .Concat(Regex.Matches(Code, @"^\s+(\w+)(?:\s*=\s*\w+)?,\s*$", PerLine))
            .Select(found => found.Groups[1].Value);

    private int LineOf(int index) => Code.AsSpan(0, index).Count('\n') + 1;

    private bool IsNested(int index) => Code.AsSpan(0, index).Count('{') > Code.AsSpan(0, index).Count('}');
}
