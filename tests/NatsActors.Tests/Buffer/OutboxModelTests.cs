using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace NatsActors.Tests.Buffer;

/// <summary>
/// Any interleaving of what can happen to an outbox leaves it as a list would be left. A failure prints a shorter run; the
/// environment variable <c>NATSACTORS_TEST_SEED</c> (as printed) repeats it.
/// </summary>
public sealed class OutboxModelTests(ITestOutputHelper output)
{
    private const int Runs = 300;

    [Fact]
    public void Any_interleaving_keeps_the_ledger_the_limits_the_order_and_the_bytes()
    {
        var seed = Environment.GetEnvironmentVariable("NATSACTORS_TEST_SEED") is { Length: > 0 } text
            ? ulong.Parse(text, CultureInfo.InvariantCulture)
            : (ulong)Random.Shared.NextInt64();
        output.WriteLine($"NATSACTORS_TEST_SEED={seed}");

        var config = Config.QuickThrowOnFailure.WithMaxTest(Runs).WithQuietOnSuccess(true).WithReplay(seed, 0x9E3779B97F4A7C15);
        Check.One(config, Prop.ForAll(OutboxRuns.Any, OutboxRunner.Run));
    }
}
