using System.Diagnostics;

namespace NatsActors.Testing.Databases;

/// <summary>
/// The programs of PostgreSQL. They refuse to run as root; for root they run as the user <c>postgres</c>, whom the packages create.
/// </summary>
internal static class PostgresPrograms
{
    private const string Variable = "POSTGRES_BIN";
    private const string Packaged = "/usr/lib/postgresql";
    private const string Account = "postgres";

    /// <summary>The folder that <c>POSTGRES_BIN</c> names, else the first on <c>PATH</c>, else that of the newest Debian package.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Folder()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return IsComplete(named) ? named : throw new InvalidOperationException($"{Variable} names '{named}', which has no initdb and postgres.");
        }

        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var packaged = Directory.Exists(Packaged) ? Directory.GetDirectories(Packaged) : [];
        return onPath.Concat(packaged.OrderByDescending(Version).Select(version => Path.Combine(version, "bin"))).FirstOrDefault(IsComplete)
            ?? throw new InvalidOperationException(
                $"PostgreSQL was not found. Put initdb and postgres on PATH, or let {Variable} name their folder (scripts/test.sh installs them).");
    }

    /// <summary>How to start a program without root's rights; the process has the program's own id.</summary>
    public static ProcessStartInfo Command(string program, IEnumerable<string> arguments, string workingFolder)
    {
        var start = new ProcessStartInfo { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = workingFolder };
        string[] command = [program, .. arguments];
        if (Environment.IsPrivilegedProcess)
        {
            // runuser would stay as the parent; setpriv becomes the program.
            command = ["setpriv", $"--reuid={Account}", $"--regid={Account}", "--init-groups", "--", .. command];
        }

        start.FileName = command[0];
        foreach (var argument in command[1..])
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>Gives a folder to the account that the programs run as.</summary>
    public static Task HandOverAsync(string folder) =>
        Environment.IsPrivilegedProcess ? RunAsync(new ProcessStartInfo("chown", [$"{Account}:{Account}", folder])) : Task.CompletedTask;

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}: {await error}{await output}");
        }
    }

    private static bool IsComplete(string folder) => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    private static Version Version(string folder) =>
        System.Version.TryParse($"{Path.GetFileName(folder)}.0", out var version) ? version : new Version();
}
