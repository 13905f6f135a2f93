using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NatsActors.Benchmarks.Latency;

/// <summary>How the thread that sends waits for the next message to be due.</summary>
internal enum Wait
{
    /// <summary>The kernel wakes the thread at the due time; the processor is free meanwhile.</summary>
    Sleep,

    /// <summary>The thread asks for the time again and again, and gives way to other threads in between.</summary>
    Yield,
}

/// <summary>
/// Sends messages when they are due, on a thread of its own. Messages that are due together (after a late wake-up, or at a high rate)
/// are sent together.
/// </summary>
/// <remarks>
/// Linux wakes a sleeping thread up to 50 µs late unless the thread asks for less (prctl(2), PR_SET_TIMERSLACK). In a virtual machine
/// with two processors, at 10,000 messages a second, the p50 of the bare round trip was 136 to 149 µs with <see cref="Wait.Sleep"/>
/// and 80 to 102 µs with <see cref="Wait.Yield"/>: a processor that has gone idle is slow to wake, for the server too.
/// </remarks>
internal static class Pacer
{
    private const int TimerSlack = 29;
    private const int Monotonic = 1;
    private const int AbsoluteTime = 1;

    /// <summary>Sends every message of the schedule; completes when every message has ended.</summary>
    /// <param name="schedule">The messages.</param>
    /// <param name="wait">How to wait between them.</param>
    /// <param name="send">Sends so many messages from the first on.</param>
    public static async Task RunAsync(Schedule schedule, Wait wait, Action<int, int> send)
    {
        await Task.Factory.StartNew(
            () => Send(schedule, wait, send), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await schedule.Done.WaitAsync(Stage.Limit, TimeProvider.System);
    }

    private static void Send(Schedule schedule, Wait wait, Action<int, int> send)
    {
        var sleeps = wait == Wait.Sleep && OperatingSystem.IsLinux() && Control(TimerSlack, 1, 0, 0, 0) == 0;
        schedule.Begin();
        for (var sent = 0; sent < schedule.Count;)
        {
            var due = schedule.DueBy(Stopwatch.GetTimestamp());
            if (due > sent)
            {
                send(sent, due - sent);
                sent = due;
            }
            else if (sleeps)
            {
                // The timestamps of Stopwatch are those of this clock.
                var (seconds, nanoseconds) = Math.DivRem(schedule.DueAt(sent), Stopwatch.Frequency);
                var until = new TimeSpec(seconds, nanoseconds);
                _ = SleepUntil(Monotonic, AbsoluteTime, in until, 0);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int Control(int option, nint argument2, nint argument3, nint argument4, nint argument5);

    [DllImport("libc", EntryPoint = "clock_nanosleep")]
    private static extern int SleepUntil(int clock, int flags, in TimeSpec until, nint remaining);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds)
    {
        public TimeSpec(long seconds, long nanoseconds)
            : this((nint)seconds, (nint)nanoseconds)
        {
        }
    }
}
