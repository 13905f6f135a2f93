using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>
/// The assemblies that a new project has after <c>dotnet add package</c>: those of the named packages, of everything that the
/// packages depend on, and of the shared framework. The dependencies are read from this test's own <c>deps.json</c>, so a snippet
/// that needs a package that its page does not install does not compile.
/// </summary>
internal static partial class SnippetPackages
{
    private static readonly Lazy<Dictionary<string, Package>> Known = new(Read);

    /// <summary>The packages that a page tells its reader to add; for a page without such a line, those of getting-started.</summary>
    public static IReadOnlyList<string> Of(string page)
    {
        string[] named = [.. AddPackage().Matches(page).Select(line => line.Groups["name"].Value).Distinct()];
        return named.Length > 0 ? named : ["NatsActors", "Microsoft.Extensions.Hosting"];
    }

    /// <summary>References for the compiler. Of two versions of an assembly the newer one counts, as in a build.</summary>
    /// <param name="packages">The packages that the project adds.</param>
    /// <param name="web">True for a project of the Web SDK.</param>
    public static IEnumerable<MetadataReference> References(IEnumerable<string> packages, bool web)
    {
        var core = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var files = Directory.GetFiles(core, "*.dll").ToList();
        if (web)
        {
            var shared = Path.GetDirectoryName(Path.GetDirectoryName(core))!;
            files.AddRange(Directory.GetFiles(Path.Combine(shared, "Microsoft.AspNetCore.App", Path.GetFileName(core)), "*.dll"));
        }

        var chosen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in files.Where(IsManaged))
        {
            chosen[Path.GetFileName(file)] = file;
        }

        foreach (var file in Closure(packages).SelectMany(package => package.Assemblies))
        {
            chosen[file] = Path.Combine(AppContext.BaseDirectory, file);
        }

        return chosen.Values.Select(file => MetadataReference.CreateFromFile(file));
    }

    // The runtime's folder has native libraries among the assemblies.
    private static bool IsManaged(string file) =>
        Path.GetFileName(file) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal)
            || name is "mscorlib.dll" or "netstandard.dll" or "WindowsBase.dll") && !name.Contains(".Native.", StringComparison.Ordinal);

    private static IEnumerable<Package> Closure(IEnumerable<string> packages)
    {
        var (open, seen) = (new Queue<string>(packages), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        while (open.TryDequeue(out var name))
        {
            if (!seen.Add(name))
            {
                continue;
            }

            // A package without assemblies for this framework, because the framework has them, is not among the known ones.
            if (Known.Value.TryGetValue(name, out var package))
            {
                package.DependsOn.ForEach(open.Enqueue);
                yield return package;
            }
        }
    }

    private static Dictionary<string, Package> Read()
    {
        var file = Path.Combine(AppContext.BaseDirectory, $"{typeof(SnippetPackages).Assembly.GetName().Name}.deps.json");
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        var target = document.RootElement.GetProperty("targets").EnumerateObject().First().Value;
        return target.EnumerateObject().ToDictionary(
            entry => entry.Name.Split('/')[0],
            entry => new Package(
                entry.Value.TryGetProperty("dependencies", out var on) ? [.. on.EnumerateObject().Select(each => each.Name)] : [],
                entry.Value.TryGetProperty("runtime", out var own) ? [.. own.EnumerateObject().Select(each => Path.GetFileName(each.Name))] : []),
            StringComparer.OrdinalIgnoreCase);
    }

    [GeneratedRegex(@"^dotnet add package (?<name>\S+)", RegexOptions.Multiline)]
    private static partial Regex AddPackage();

    private sealed record Package(List<string> DependsOn, List<string> Assemblies);
}
