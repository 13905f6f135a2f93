using Xunit;

namespace NatsActors.Testing;

/// <summary>A file that code writes and the repository keeps. A drift fails a test, which leaves the new text beside the file.</summary>
public static class ApprovedText
{
    /// <summary>Compares; when they differ, the text that the code writes now is put beside the file as <c>.received</c>.</summary>
    public static void AssertIs(string now, string file)
    {
        var approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (now == approved)
        {
            // What an earlier run left.
            File.Delete(file + ".received");
            return;
        }

        File.WriteAllText(file + ".received", now);
        var name = Path.GetRelativePath(Repository.PathTo(), file);
        Assert.Fail($"{name} is not what the code writes. If the change is meant, run 'bash scripts/approve.sh'.\n{FirstDifference(approved, now)}");
    }

    private static string FirstDifference(string approved, string now)
    {
        var (before, after) = (approved.Split('\n'), now.Split('\n'));
        return string.Join("\n", before.Except(after).Take(10).Select(line => $"- {line}").Concat(after.Except(before).Take(10).Select(line => $"+ {line}")));
    }
}
