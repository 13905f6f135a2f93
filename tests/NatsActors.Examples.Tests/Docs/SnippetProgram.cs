using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>
/// A C# snippet of a page as the only file of a new project: compiled with what <c>dotnet new</c> gives (implicit usings, nullable
/// references) and with the packages that the page installs, and run as a process.
/// </summary>
internal static class SnippetProgram
{
    private static readonly string[] ConsoleUsings =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"];

    private static readonly string[] WebUsings =
    [
        .. ConsoleUsings, "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http",
        "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    /// <summary>What a compiler says against the snippet: errors, and the warnings that a new project shows.</summary>
    public static IReadOnlyList<string> Faults(string code, IReadOnlyList<string> packages) =>
        [.. Compile(code, packages, "Snippet").GetDiagnostics().Where(fault => fault.Severity >= DiagnosticSeverity.Warning).Select(fault => fault.ToString())];

    /// <summary>Starts the snippet and collects what it prints; ends with the test.</summary>
    /// <param name="code">The snippet.</param>
    /// <param name="packages">The packages that its page installs.</param>
    /// <param name="name">The name of its assembly.</param>
    /// <param name="folder">Where a host finds its files; null for the test's own working directory.</param>
    public static ProgramProcess Start(string code, IReadOnlyList<string> packages, string name, string? folder = null)
    {
        // Beside this assembly, where the packages' assemblies are. The deps.json tells the host which of them are newer than the
        // framework's own.
        var assembly = Path.Combine(AppContext.BaseDirectory, $"{name}.dll");
        var made = Compile(code, packages, name).Emit(assembly);
        Assert.True(made.Success, string.Join('\n', made.Diagnostics));
        Copy("QuickStart.runtimeconfig.json", Path.ChangeExtension(assembly, "runtimeconfig.json"));
        Copy($"{typeof(SnippetProgram).Assembly.GetName().Name}.deps.json", Path.ChangeExtension(assembly, "deps.json"));
        return ProgramProcess.Start("dotnet", folder is null ? [assembly] : [assembly, "--contentRoot", folder]);
    }

    /// <summary>The assembly of a snippet that only has types.</summary>
    public static byte[] Library(string code, IReadOnlyList<string> packages)
    {
        using var assembly = new MemoryStream();
        var made = Compile(code, packages, "Library").Emit(assembly);
        Assert.True(made.Success, string.Join('\n', made.Diagnostics));
        return assembly.ToArray();
    }

    private static void Copy(string name, string to) => File.Copy(Path.Combine(AppContext.BaseDirectory, name), to, overwrite: true);

    private static CSharpCompilation Compile(string code, IReadOnlyList<string> packages, string name)
    {
        var web = code.Contains("WebApplication", StringComparison.Ordinal);
        var parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var usings = string.Concat((web ? WebUsings : ConsoleUsings).Select(each => $"global using {each};\n"));
        SyntaxTree[] files = [CSharpSyntaxTree.ParseText(code, parsing), CSharpSyntaxTree.ParseText(usings, parsing)];
        var program = files[0].GetRoot().ChildNodes().Any(node => node is Microsoft.CodeAnalysis.CSharp.Syntax.GlobalStatementSyntax);
        return CSharpCompilation.Create(name, files, SnippetPackages.References(packages, web), new CSharpCompilationOptions(
            program ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable,
            // A project's build turns off the hint about unused usings and the one about two versions of an assembly.
            specificDiagnosticOptions: [new("CS8019", ReportDiagnostic.Suppress), new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]));
    }
}
