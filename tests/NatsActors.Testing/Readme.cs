using System.Text.RegularExpressions;

namespace NatsActors.Testing;

/// <summary>The commands that the README gives, for the tests that run them.</summary>
public static class Readme
{
    /// <summary>The arguments with which the README runs <paramref name="project"/>.</summary>
    /// <exception cref="InvalidOperationException">It has no such command.</exception>
    public static string[] ArgumentsFor(string project)
    {
        var command = Regex.Match(
            File.ReadAllText(Repository.PathTo("README.md")),
            $"^dotnet run -c Release --project {Regex.Escape(project)} -- (?<arguments>.+)$", RegexOptions.Multiline);
        return command.Success
            ? command.Groups["arguments"].Value.Split(' ')
            : throw new InvalidOperationException($"The README does not run {project}.");
    }
}
