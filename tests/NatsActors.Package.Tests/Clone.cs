using NatsActors.Testing;

namespace NatsActors.Package.Tests;

/// <summary>
/// A clone of the repository with what is not committed yet, as a build machine sees it: another path, nothing built, no remote.
/// </summary>
internal static class Clone
{
    private static readonly string Root = Repository.PathTo();

    public static async Task MakeAsync(string folder)
    {
        await Command.RunAsync(Root, "git", "clone", "--quiet", "--no-hardlinks", Root, folder);
        await Command.RunAsync(folder, "git", "remote", "remove", "origin");
        foreach (var file in await ListAsync("--modified", "--others", "--exclude-standard"))
        {
            var source = Path.Combine(Root, file);
            var target = Path.Combine(folder, file);
            if (File.Exists(source))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(source, target, overwrite: true);
            }
        }

        foreach (var gone in await ListAsync("--deleted"))
        {
            File.Delete(Path.Combine(folder, gone));
        }
    }

    private static async Task<string[]> ListAsync(params string[] which)
    {
        var output = await Command.RunAsync(Root, "git", ["-c", "core.quotePath=off", "ls-files", .. which]);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
