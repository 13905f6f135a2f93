namespace NatsActors.Testing;

/// <summary>Finds the nats-server program. A missing one is a failure, never a skip: a skipped fault test proves nothing.</summary>
public static class NatsServerBinary
{
    /// <summary>The path: environment variable <c>NATS_SERVER</c>, else the first on <c>PATH</c>.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Find()
    {
        var named = Environment.GetEnvironmentVariable("NATS_SERVER");
        if (!string.IsNullOrEmpty(named))
        {
            return File.Exists(named)
                ? named
                : throw new InvalidOperationException($"NATS_SERVER names '{named}', which is not a file.");
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, "nats-server")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                "nats-server was not found. Put it on PATH, or let NATS_SERVER name it (scripts/install-nats-server.sh installs it).");
    }
}
