using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace NatsActors.Specs.Model;

/// <summary>
/// Random commands and faults on the real actors keep the contract, under every combination of confirm, resend and overflow. A
/// failure prints a shorter run and its seed; the environment variable <c>NATSACTORS_TEST_SEED</c> repeats it, and
/// <c>NATSACTORS_MODEL_RUNS</c> sets how many runs there are.
/// </summary>
public sealed class ModelSpecs(ITestOutputHelper output)
{
    private const int MaxTriesToShrink = 400;

    [Fact]
    public void Any_run_of_commands_and_faults_keeps_the_contract_and_the_ledger()
    {
        var seed = Number("NATSACTORS_TEST_SEED") ?? Random.Shared.Next(1_000_000_000);
        var runs = Number("NATSACTORS_MODEL_RUNS") ?? ActorSpec.ModelRuns;
        output.WriteLine($"NATSACTORS_TEST_SEED={seed}, {runs} runs");
        var steps = 0L;
        for (var run = 0; run < runs; run++)
        {
            var plan = ModelPlan.Of(seed + run);
            steps += plan.Steps.Count;
            if (Play(plan) is { } failure)
            {
                Report(plan, failure);
            }
        }

        output.WriteLine($"{runs} runs and {steps} steps passed");
    }

    private static Failure? Play(ModelPlan plan)
    {
        using var run = new ModelRun(plan);
        try
        {
            run.Play();
            return null;
        }
        catch (Exception failure)
        {
            return new Failure(failure, run.Trace);
        }
    }

    /// <summary>Takes away steps as long as what is left still fails, in ever smaller pieces.</summary>
    private static void Report(ModelPlan plan, Failure first)
    {
        var (shortest, failure) = (plan, first);
        var tries = 0;
        var again = false;
        for (var piece = plan.Steps.Count / 2; piece > 0; piece /= 2)
        {
            for (var at = 0; at < shortest.Steps.Count && tries < MaxTriesToShrink;)
            {
                var shorter = shortest with { Steps = [.. shortest.Steps.Take(at), .. shortest.Steps.Skip(at + piece)] };
                tries++;
                if (Play(shorter) is { } still)
                {
                    (shortest, failure, again) = (shorter, still, true);
                }
                else
                {
                    at += piece;
                }
            }
        }

        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"NATSACTORS_TEST_SEED={plan.Seed} fails, here with {shortest.Steps.Count} of {plan.Steps.Count} steps")
            .AppendLine(CultureInfo.InvariantCulture, $"({plan}).");
        if (!again)
        {
            text.AppendLine("No shorter run failed: it may depend on the order in which the actors ran.");
        }

        text.AppendLine(failure.Exception.Message).AppendJoin(Environment.NewLine, failure.Trace);
        Assert.Fail(failure.Exception is ModelViolationException ? text.ToString() : text.AppendLine().Append(failure.Exception).ToString());
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private sealed record Failure(Exception Exception, IReadOnlyList<string> Trace);
}
