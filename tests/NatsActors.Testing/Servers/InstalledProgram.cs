namespace NatsActors.Testing;

/// <summary>Finds a program of the system. A missing one is a failure, never a skip: a skipped fault test proves nothing.</summary>
public static class InstalledProgram
{
    // Debian puts servers into /usr/sbin, which an ordinary user's PATH leaves out.
    private static readonly string[] SystemFolders = ["/usr/sbin", "/usr/local/sbin"];

    /// <summary>The path: the environment variable, else the first of the names on <c>PATH</c>, else in the system's folders.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Find(string variable, params string[] names)
    {
        var named = Environment.GetEnvironmentVariable(variable);
        if (!string.IsNullOrEmpty(named))
        {
            return File.Exists(named) ? named : throw new InvalidOperationException($"{variable} names '{named}', which is not a file.");
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Concat(SystemFolders).SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                $"{string.Join(" or ", names)} was not found. Put it on PATH, or let {variable} name it (scripts/test.sh installs it).");
    }
}
