using System.Globalization;

namespace NatsActors.Testing.Databases;

/// <summary>A process with its children, as PostgreSQL runs: one server process, and one child for each connection and each chore.</summary>
internal static class ProcessFamily
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Stops all of them: the parent first, so that no child is born meanwhile; the whole family.</summary>
    public static IReadOnlyList<int> Stop(int parent)
    {
        Stop([parent]);
        var children = ChildrenOf(parent);
        Stop(children);
        return [parent, .. children];
    }

    /// <summary>Sends a signal to each process that still lives.</summary>
    public static void Signal(IEnumerable<int> pids, int signal)
    {
        foreach (var pid in pids.Where(IsAlive))
        {
            Signals.TrySend(pid, signal);
        }
    }

    /// <summary>Whether the process lives; one that has ended and that nobody has waited for does not.</summary>
    public static bool IsAlive(int pid) => StatusOf(pid) is { State: not ('Z' or 'X') };

    /// <summary>The children of a process.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid != 0 && StatusOf(pid)?.Parent == parent),
    ];

    private static void Stop(IReadOnlyList<int> pids)
    {
        Signal(pids, Signals.Stop);
        // The kernel stops each thread when it gets to it: until then an answer may still slip out.
        if (!SpinWait.SpinUntil(() => pids.All(pid => !IsAlive(pid) || StatusOf(pid)?.State == 'T'), Patience))
        {
            throw new TimeoutException($"Processes {string.Join(", ", pids)} did not stop.");
        }
    }

    /// <summary>The fields behind the name, which may itself hold spaces and parentheses (proc_pid_stat(5)); null when it is gone.</summary>
    private static (char State, int Parent)? StatusOf(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
