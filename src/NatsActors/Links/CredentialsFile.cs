using NATS.NKeys;

namespace NatsActors.Links;

/// <summary>
/// Reads a user's JWT and NKey seed out of a file in the format of <c>nsc</c>. Each link reads the file anew, so renewed credentials
/// need no restart. The client could read the file too, but its error names neither the key nor the allowed content, and the link
/// must know the secrets to keep them out of reports.
/// </summary>
internal static class CredentialsFile
{
    private const string JwtBegins = "BEGIN NATS USER JWT";
    private const string SeedBegins = "BEGIN USER NKEY SEED";

    /// <exception cref="LinkFailure">The file cannot be read or lacks one of the two. The text shows nothing of the file's content.</exception>
    public static (string Jwt, string Seed) Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Failure(path, $"cannot be read ({Cause(error)})");
        }

        var jwt = LineBehind(lines, JwtBegins) ?? throw Failure(path, $"has no user's JWT (a line behind \"-----{JwtBegins}-----\")");
        var seed = LineBehind(lines, SeedBegins) ?? throw Failure(path, $"has no NKey seed (a line behind \"-----{SeedBegins}-----\")");
        return jwt.Split('.') is not [{ Length: > 0 }, { Length: > 0 }, { Length: > 0 }] ? throw Failure(path, "has a JWT that is cut or garbled")
            : !IsUserSeed(seed) ? throw Failure(path, "has an NKey seed that is cut, garbled, or not a user's")
            : (jwt, seed);
    }

    /// <summary>The JWT and the seed in a text that a user gives the client; null for each that the text does not have.</summary>
    public static IEnumerable<string?> SecretsOf(string? text)
    {
        var lines = (text ?? "").Split('\n', StringSplitOptions.TrimEntries);
        return [LineBehind(lines, JwtBegins), LineBehind(lines, SeedBegins)];
    }

    private static string? LineBehind(string[] lines, string header)
    {
        var at = Array.FindIndex(lines, line => line.StartsWith("---", StringComparison.Ordinal) && line.Contains(header, StringComparison.Ordinal));
        return at >= 0 && at + 1 < lines.Length && lines[at + 1].Trim() is { Length: > 0 } value
            && !value.StartsWith("---", StringComparison.Ordinal) ? value : null;
    }

    private static bool IsUserSeed(string seed)
    {
        try
        {
            using var pair = KeyPair.FromSeed(seed);
            return pair.Prefix == PrefixByte.User;
        }
        catch (Exception)
        {
            // The decoder's text is dropped, because it may quote the seed.
            return false;
        }
    }

    private static string Cause(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "access is denied",
        _ => error.GetType().Name,
    };

    private static LinkFailure Failure(string path, string what) => new(
        LinkLossKind.Authorization,
        $"connection.credentials-file: '{path}' {what}; must be a file with a user's JWT and NKey seed, as nsc generate creds writes it");
}
