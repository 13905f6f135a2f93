using NatsActors.Links;
using NatsActors.Testing;
using NatsActors.Tests.Credentials;

namespace NatsActors.Tests.Links;

/// <summary><c>connection.credentials-file</c>, against a server that trusts an operator.</summary>
public sealed class LinkCredentialsFileTests : IDisposable
{
    private readonly NatsOperator _operator = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("credentials-");

    public static TheoryData<string, string> Malformed => new()
    {
        { "missing", "cannot be read (there is no such file)" },
        { "folder", "cannot be read (access is denied)" },
        { "empty", "has no user's JWT" },
        { "no jwt", "has no user's JWT" },
        { "no seed", "has no NKey seed" },
        { "cut jwt", "has a JWT that is cut or garbled" },
        { "cut seed", "has an NKey seed that is cut, garbled" },
        { "account's seed", "or not a user's" },
    };

    private string CredentialsPath => Path.Combine(_folder.FullName, "user.creds");

    public void Dispose()
    {
        _operator.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_file_logs_in_and_is_read_anew_for_every_link()
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        using var stranger = new NatsOperator();

        File.WriteAllText(CredentialsPath, stranger.IssueUser().FileText);
        var refused = await Open(server, CredentialsPath).Recorder.LostAsync();
        File.WriteAllText(CredentialsPath, _operator.IssueUser().FileText);
        var (link, recorder) = Open(server, CredentialsPath);

        Assert.Equal(LinkLossKind.Authorization, refused.Kind);
        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task A_login_that_has_expired_is_refused()
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        File.WriteAllText(CredentialsPath, _operator.IssueUser(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1)).FileText);

        Assert.Equal(LinkLossKind.Authorization, (await Open(server, CredentialsPath).Recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task A_login_that_expires_ends_the_link_by_name()
    {
        await using var server = await NatsServer.StartAsync(_operator.Server);
        // Whole seconds count: three to four of them are left for the login.
        File.WriteAllText(CredentialsPath, _operator.IssueUser(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(4)).FileText);

        var (_, recorder) = Open(server, CredentialsPath);
        await recorder.WaitAsync<LinkUp>();
        var lost = await recorder.LostAsync();

        Assert.Equal(LinkLossKind.Authorization, lost.Kind);
        Assert.Contains("xpired", lost.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_file_that_is_missing_or_malformed_is_told_with_its_key_its_path_and_what_is_allowed(string what, string wrong)
    {
        var user = _operator.IssueUser();
        using var account = NATS.NKeys.KeyPair.CreatePair(NATS.NKeys.PrefixByte.Account);
        var whole = user.FileText;
        var file = what == "folder" ? _folder.FullName : CredentialsPath;
        if (what is not ("missing" or "folder"))
        {
            File.WriteAllText(file, what switch
            {
                "empty" => "",
                "no jwt" => whole.Replace(user.Jwt, "", StringComparison.Ordinal),
                "no seed" => whole[..whole.IndexOf(user.Seed, StringComparison.Ordinal)],
                "cut jwt" => whole.Replace(user.Jwt, user.Jwt[..40], StringComparison.Ordinal),
                "cut seed" => whole.Replace(user.Seed, user.Seed[..20], StringComparison.Ordinal),
                _ => whole.Replace(user.Seed, account.GetSeed(), StringComparison.Ordinal),
            });
        }

        var (_, recorder) = LinkRig.Open("nats://127.0.0.1:4222", settings: new ConnectionSettings { CredentialsFile = file });
        var lost = await recorder.LostAsync();

        Assert.Equal(LinkLossKind.Authorization, lost.Kind);
        Assert.StartsWith($"connection.credentials-file: '{file}' {wrong}"[..(30 + file.Length)], lost.Detail, StringComparison.Ordinal);
        Assert.Contains(wrong, lost.Detail, StringComparison.Ordinal);
        Assert.EndsWith("must be a file with a user's JWT and NKey seed, as nsc generate creds writes it", lost.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(user.Seed[..12], lost.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(user.Jwt.Split('.')[1][..12], lost.Detail, StringComparison.Ordinal);
    }

    private static (ILink Link, LinkRecorder Recorder) Open(NatsServer server, string file) =>
        LinkRig.Open(server.Url, settings: new ConnectionSettings { CredentialsFile = file });
}
