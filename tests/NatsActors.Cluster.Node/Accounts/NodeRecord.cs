using System.Text;

namespace NatsActors.Cluster.Nodes;

/// <summary>What a node's senders were told, line by line and without a buffer: a kill loses only what was not written yet.</summary>
internal sealed class NodeRecord(string folder, string sender) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file = new(Path.Combine(folder, $"{sender}.txt"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private long _confirmed;

    /// <summary>How many messages of this node's senders servers have confirmed.</summary>
    public long Confirmed => Interlocked.Read(ref _confirmed);

    public void Acked(Stamp stamp) => Write($"acked {stamp}");

    /// <summary>A server has confirmed that it stored a message.</summary>
    public void Stored(string stamp, Stored outcome)
    {
        Interlocked.Increment(ref _confirmed);
        Write($"stored {stamp} {outcome.StreamSequence}{(outcome.Duplicate ? " duplicate" : "")}");
    }

    /// <summary>A server has a message, without a stream.</summary>
    public void Delivered() => Interlocked.Increment(ref _confirmed);

    /// <summary>A publisher has reported a message as undelivered. One that a journal keeps is not at its end.</summary>
    public void Undelivered(string stamp, Undelivered outcome)
    {
        if (outcome.Reason != UndeliveredReason.Kept)
        {
            Write($"undelivered {stamp} {outcome.Reason} {outcome.Detail?.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>What a publisher of this node tells of itself, for the report of a run that lost something.</summary>
    public void Noted(NatsEvent occurrence) => Write($"note {TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {sender} {occurrence.ToString()!.ReplaceLineEndings(" ")}");

    /// <summary>What no kill explains.</summary>
    public void Failed(string what) => Write($"failed {what.ReplaceLineEndings(" ")}");

    public void Dispose() => _file.Dispose();

    /// <summary>All records of a folder; the last line of a node that was killed may be cut.</summary>
    public static IEnumerable<string> ReadAll(string folder) => Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal)
        .SelectMany(static file => ReadShared(file).Split('\n')[..^1]);

    private static string ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        lock (_lock)
        {
            if (_file.CanWrite)
            {
                _file.Write(bytes);
            }
        }
    }
}
