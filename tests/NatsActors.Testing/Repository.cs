namespace NatsActors.Testing;

/// <summary>Files of the working copy that the tests run in.</summary>
public static class Repository
{
    /// <summary>The full path of a file, given by its parts from the root.</summary>
    public static string PathTo(params string[] parts)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "NatsActors.sln")))
        {
            directory = directory.Parent;
        }

        return directory is null
            ? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside a working copy.")
            : Path.Combine([directory.FullName, .. parts]);
    }
}
