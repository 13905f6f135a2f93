using System.Globalization;
using System.Text;

namespace NatsActors.Pipe;

/// <summary>
/// A file with the number of lines of the input that need not be read again: the journal has them, or they were refused. The number is
/// written after the journal's reply. A process that dies between the two gives the lines of one batch to the journal again, and
/// loses none.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private readonly FileStream _file;

    private Checkpoint(FileStream file, long lines)
    {
        _file = file;
        AtStart = Lines = lines;
    }

    /// <summary>The lines of the processes before.</summary>
    public long AtStart { get; }

    public long Lines { get; private set; }

    /// <exception cref="UsageException">The file cannot be opened, another process uses it, or it has no number.</exception>
    public static Checkpoint Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            // A number of 64 bits has fewer digits. A larger file is somebody's data, which must not be overwritten.
            var text = new byte[64];
            var length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            var number = Encoding.ASCII.GetString(text, 0, length).Trim();
            var lines = 0L;
            return length == 0 || (length < text.Length && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out lines))
                ? new Checkpoint(file, lines)
                : throw new IOException($"{path} has no number of lines");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            file?.Dispose();
            throw new UsageException($"--checkpoint: {failure.Message}");
        }
    }

    /// <summary>Further lines are in the journal, or refused.</summary>
    public void Advance(long lines)
    {
        if (lines > 0)
        {
            Lines += lines;
            // One write of one length: whoever reads the file after a crash finds the number before or this one.
            RandomAccess.Write(_file.SafeFileHandle, Encoding.ASCII.GetBytes(Lines.ToString("D20", CultureInfo.InvariantCulture) + "\n"), 0);
        }
    }

    public void Dispose() => _file.Dispose();
}
