using System.Globalization;
using System.Text;

namespace NatsActors.Crash;

/// <summary>
/// What one life of the process was told, written to a file of its own, line by line and without a buffer: a kill can lose only what was
/// not written yet.
/// </summary>
internal sealed class LifeRecord(string folder, int life) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file = new(PathOf(folder, life), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public static string PathOf(string folder, int life) => Path.Combine(folder, $"life-{life}.txt");

    /// <summary>The numbers up to this one will be published.</summary>
    public void Offered(int last) => Write($"offered {last}");

    /// <summary>These numbers got an Ack; their sequences begin with <paramref name="sequence"/>.</summary>
    public void Acked(int first, int count, long sequence) => Write($"acked {first} {count} {sequence}");

    public void Refused(int first, int count, string why) => Write($"refused {first} {count} {why}");

    public void Ended(string correlationId, Outcome outcome) =>
        Write($"ended {correlationId} {(outcome is Undelivered undelivered ? undelivered.Reason.ToString() : outcome.GetType().Name)}");

    public void Recovered(long messages) => Write($"recovered {messages}");

    /// <summary>Something that no kill explains.</summary>
    public void Failed(string what) => Write($"failed {what.ReplaceLineEndings(" ")}");

    public void Dispose() => _file.Dispose();

    private void Write(FormattableString line)
    {
        var bytes = Encoding.UTF8.GetBytes(line.ToString(CultureInfo.InvariantCulture) + "\n");
        lock (_lock)
        {
            if (_file.CanWrite)
            {
                _file.Write(bytes);
            }
        }
    }
}
