using System.Diagnostics;
using System.Text.RegularExpressions;

namespace NatsActors.Testing;

/// <summary>A command of the README or of a page of the documentation, run as it stands there but for its size.</summary>
public static class ReadmeCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>The arguments with which a page runs a project under tests.</summary>
    /// <param name="project">The project's name.</param>
    /// <param name="part">A part of the arguments, when a page runs the project in several ways; the first command is taken.</param>
    /// <exception cref="InvalidOperationException">No page has such a command.</exception>
    public static string ArgumentsOf(string project, string part = "") =>
        MarkdownPage.All
            .SelectMany(page => Regex.Matches(
                page.Text, $@"^dotnet run -c Release --project tests/{Regex.Escape(project)} -- (?<arguments>.+)$", RegexOptions.Multiline))
            .Select(command => command.Groups["arguments"].Value)
            .FirstOrDefault(arguments => arguments.Contains(part, StringComparison.Ordinal))
        ?? throw new InvalidOperationException($"No page has a command for {project} with '{part}'.");

    /// <summary>Runs a page's <c>dotnet run</c> of a project under tests, whose assembly lies beside this one.</summary>
    /// <param name="project">The project's name.</param>
    /// <param name="size">The part of the arguments that makes it long; it must be there.</param>
    /// <param name="smaller">What stands in its place here.</param>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">No page has such a command, or it failed.</exception>
    public static async Task<string> RunAsync(string project, string size, string smaller)
    {
        var arguments = ArgumentsOf(project, size);
        var (status, output) = await RunAsync(project, arguments.Replace(size, smaller, StringComparison.Ordinal), "", Limit);
        return status == 0 ? output : throw new InvalidOperationException($"{project} {arguments}: status {status}\n{output}");
    }

    /// <summary>Runs an assembly that lies beside this one; its errors are part of the output when it fails.</summary>
    public static async Task<(int Status, string Output)> RunAsync(string assembly, string arguments, string input, TimeSpan limit)
    {
        var start = new ProcessStartInfo("dotnet", $"{Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")} {arguments}")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var end = new CancellationTokenSource(limit, TimeProvider.System);
        using var _ = end.Token.Register(() => process.Kill());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + await error);
    }
}
