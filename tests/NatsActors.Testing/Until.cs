using System.Runtime.CompilerServices;

namespace NatsActors.Testing;

/// <summary>Awaits a condition that has no event of its own, by looking often until a deadline.</summary>
public static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    /// <summary>How long a wait may take when the test does not say: long enough for a busy machine.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(15);

    /// <summary>Completes when <paramref name="condition"/> is true.</summary>
    /// <exception cref="TimeoutException">It was not, until the deadline; the message has the condition's source text.</exception>
    public static Task TrueAsync(
        Func<bool> condition, TimeSpan? timeout = null, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        TrueAsync(() => ValueTask.FromResult(condition()), timeout, text);

    /// <inheritdoc cref="TrueAsync(Func{bool}, TimeSpan?, string)"/>
    public static async Task TrueAsync(
        Func<ValueTask<bool>> condition, TimeSpan? timeout = null, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        var limit = timeout ?? DefaultTimeout;
        using var deadline = new CancellationTokenSource(limit, TimeProvider.System);
        using var interval = new PeriodicTimer(Interval);
        try
        {
            while (!await condition())
            {
                await interval.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // A busy machine may not have looked for a while.
            if (!await condition())
            {
                throw new TimeoutException($"Not true within {limit}: {text}");
            }
        }
    }
}
