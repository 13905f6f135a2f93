namespace NatsActors.Testing;

/// <summary>The last lines that a server wrote, and a way to await one that is still to come.</summary>
internal sealed class ServerLog
{
    private const int Kept = 2000;
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly List<(Func<string, bool> Matches, TaskCompletionSource<string> Found)> _waiting = [];

    public void Add(string line)
    {
        List<TaskCompletionSource<string>> found = [];
        lock (_lock)
        {
            _lines.Enqueue(line);
            if (_lines.Count > Kept)
            {
                _lines.Dequeue();
            }

            _waiting.RemoveAll(waiter =>
            {
                var matches = waiter.Matches(line);
                if (matches)
                {
                    found.Add(waiter.Found);
                }

                return matches;
            });
        }

        foreach (var waiter in found)
        {
            waiter.TrySetResult(line);
        }
    }

    /// <summary>Completes with the next line that matches; lines that are there already do not count.</summary>
    public Task<string> Next(Func<string, bool> matches)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Add((matches, found));
        }

        return found.Task;
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return string.Join('\n', _lines);
        }
    }
}
