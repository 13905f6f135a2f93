using NatsActors.Testing;
using PublicApiGenerator;

namespace NatsActors.Tests;

/// <summary>
/// Compares the library's public API, as PublicApiGenerator prints it, with the approved text. A change of the API is then a change of
/// a file, and somebody reads it. <c>bash scripts/approve.sh</c> approves a change.
/// </summary>
public sealed class PublicApiTests
{
    private static readonly string ApprovedFile = Repository.PathTo("tests", "NatsActors.Tests", "NatsActors.approved.txt");

    // Attributes of the assembly, such as the commit, say nothing about its API.
    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false };

    [Fact]
    public void The_public_api_is_the_approved_one()
    {
        var now = typeof(NatsPublishers).Assembly.GeneratePublicApi(Options).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        var approved = File.Exists(ApprovedFile) ? File.ReadAllText(ApprovedFile).ReplaceLineEndings("\n") : "";
        var received = $"{ApprovedFile}.received";
        if (now == approved)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, now);
        Assert.Fail(
            $"The public API of NatsActors is not the approved one. If the change is meant, run 'bash scripts/approve.sh'.\n{Difference(approved, now)}");
    }

    private static string Difference(string approved, string now)
    {
        var (before, after) = (approved.Split('\n'), now.Split('\n'));
        var gone = before.Except(after).Take(10).Select(line => $"- {line.Trim()}");
        return string.Join("\n", gone.Concat(after.Except(before).Take(10).Select(line => $"+ {line.Trim()}")));
    }
}
