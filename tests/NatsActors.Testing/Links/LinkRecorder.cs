using NatsActors.Links;
using Xunit;

namespace NatsActors.Testing;

/// <summary>
/// Receives what a link reports and holds it to the port's rules: the link's epoch, one call at a time, up at most once,
/// written before confirmed, nothing after lost.
/// </summary>
internal sealed class LinkRecorder(long epoch)
{
    private readonly Lock _gate = new();
    private readonly List<LinkReport> _reports = [];
    private readonly List<string> _violations = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;

    /// <summary>What was reported, in order; a copy.</summary>
    public IReadOnlyList<LinkReport> Reports
    {
        get
        {
            lock (_gate)
            {
                return [.. _reports];
            }
        }
    }

    /// <summary>Called inside every report, for a receiver that misbehaves.</summary>
    public Action<LinkReport>? OnReport { get; set; }

    public void Report(LinkReport report)
    {
        if (Interlocked.Increment(ref _inside) != 1)
        {
            Violated($"{report.GetType().Name} was reported while another report was");
        }

        TaskCompletionSource changed;
        lock (_gate)
        {
            Check(report);
            _reports.Add(report);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
        try
        {
            OnReport?.Invoke(report);
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    /// <summary>The first report of this kind, also one that was there before; fails when the link is lost instead.</summary>
    public async Task<T> WaitAsync<T>(Func<T, bool>? wanted = null)
        where T : LinkReport
    {
        using var deadline = new CancellationTokenSource(Until.DefaultTimeout, TimeProvider.System);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_reports.OfType<T>().FirstOrDefault(report => wanted?.Invoke(report) ?? true) is { } found)
                {
                    return found;
                }

                Assert.False(_reports is [.., LinkLost], $"No {typeof(T).Name}: {_reports.LastOrDefault()}");
                changed = _changed.Task;
            }

            await changed.WaitAsync(deadline.Token);
        }
    }

    /// <summary>The end of the link; the rules were kept up to here.</summary>
    public async Task<LinkLost> LostAsync()
    {
        var lost = await WaitAsync<LinkLost>();
        AssertRulesKept();
        return lost;
    }

    public void AssertRulesKept()
    {
        lock (_gate)
        {
            Assert.Empty(_violations);
        }
    }

    private void Check(LinkReport report)
    {
        if (report.Epoch != epoch)
        {
            Violated($"{report} does not bear epoch {epoch}");
        }

        if (_reports is [.., LinkLost])
        {
            Violated($"{report} came after the end");
        }

        if (_reports.Count == 0 ? report is not (LinkUp or LinkLost) : report is LinkUp)
        {
            Violated($"{report} came {_reports.Count + 1}th");
        }

        if (report is LinkConfirmed confirmed
            && !_reports.OfType<LinkWritten>().Any(written => written.ThroughSequence == confirmed.ThroughSequence))
        {
            Violated($"{report} came before it was written");
        }
    }

    private void Violated(string rule)
    {
        lock (_gate)
        {
            _violations.Add(rule);
        }
    }
}
