using System.ComponentModel;
using System.Runtime.InteropServices;

namespace NatsActors.Testing;

/// <summary>POSIX signals by process id, which <see cref="System.Diagnostics.Process"/> cannot send.</summary>
public static class Signals
{
    public const int Hangup = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;

    /// <summary>nats-server enters lame duck mode on it.</summary>
    public const int User2 = 12;

    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    private const int NoSuchProcess = 3;

    /// <summary>Sends <paramref name="signal"/> (Linux numbers) to the process.</summary>
    public static void Send(int pid, int signal)
    {
        if (!TrySend(pid, signal))
        {
            throw new Win32Exception(NoSuchProcess);
        }
    }

    /// <summary>The same for a process that may have ended.</summary>
    /// <returns>False when there is no such process.</returns>
    public static bool TrySend(int pid, int signal)
    {
        if (NativeKill(pid, signal) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess ? false : throw new Win32Exception(error);
    }

    /// <summary>Whether SIGSTOP has reached every thread of the process.</summary>
    public static bool IsStopped(int pid)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").All(thread => StateOf(Path.Combine(thread, "stat")) == 'T');
        }
        catch (IOException)
        {
            // A thread that was listed has ended since, so the process was not stopped.
            return false;
        }
    }

    /// <summary>The letter behind the name, which may itself hold spaces and parentheses (proc_pid_stat(5)).</summary>
    private static char StateOf(string stat)
    {
        var text = File.ReadAllText(stat);
        return text[text.LastIndexOf(')') + 2];
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int NativeKill(int pid, int signal);
}
