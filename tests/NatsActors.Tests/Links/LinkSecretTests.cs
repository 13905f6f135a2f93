using NATS.Client.Core;
using NatsActors.Links;
using NatsActors.Testing;
using NatsActors.Tests.Credentials;

namespace NatsActors.Tests.Links;

/// <summary>No report repeats a credential, whichever way the link got it and whoever says it.</summary>
public sealed class LinkSecretTests
{
    private const string Secret = "hunter2-correct-horse";
    private const string Hidden = "(hidden: the server's text repeats a credential)";

    public static TheoryData<string> Ways => ["password", "token", "url", "callback password", "callback token", "jwt", "creds", "callback jwt"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_server_that_sends_the_login_back_is_not_quoted(string way)
    {
        using var issuer = new NatsOperator();
        var user = issuer.IssueUser();
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.GreetAsync("INFO {\"headers\":true,\"max_payload\":1000,\"nonce\":\"abcdefgh\",\"auth_required\":true}\r\n");
            var connect = connection.Lines[0];
            var at = new[] { "\"pass\":", "\"auth_token\":", "\"jwt\":" }
                .Select(name => connect.IndexOf(name, StringComparison.Ordinal)).First(place => place >= 0 && connect[place + 7] != 'n');
            await connection.SendAsync($"-ERR '{connect[at..]}'\r\n");
        });
        var auth = way switch
        {
            "password" => new NatsAuthOpts { Username = "u", Password = Secret },
            "token" => new NatsAuthOpts { Token = Secret },
            "callback password" => new NatsAuthOpts { AuthCredCallback = (_, _) => new(NatsAuthCred.FromUserInfo("u", Secret)) },
            "callback token" => new NatsAuthOpts { AuthCredCallback = (_, _) => new(NatsAuthCred.FromToken(Secret)) },
            "jwt" => new NatsAuthOpts { Jwt = user.Jwt, Seed = user.Seed },
            "creds" => new NatsAuthOpts { Creds = user.FileText },
            "callback jwt" => new NatsAuthOpts { AuthCredCallback = (_, _) => new(NatsAuthCred.FromJwt(user.Jwt, user.Seed)) },
            _ => NatsAuthOpts.Default,
        };

        var lost = await LinkRig.Open(server.Url, opts => opts with
        {
            AuthOpts = auth,
            Url = way == "url" ? opts.Url.Replace("nats://", $"nats://u:{Secret}@", StringComparison.Ordinal) : opts.Url,
        }).Recorder.LostAsync();

        Assert.Equal(Hidden, lost.Detail);
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("creds")]
    [InlineData("key password")]
    [InlineData("bundle password")]
    [InlineData("header")]
    public async Task What_only_the_options_hold_is_hidden_too(string what)
    {
        using var issuer = new NatsOperator();
        var user = issuer.IssueUser();
        var secret = what is "seed" or "creds" ? user.Seed : Secret;
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.SendAsync(ScriptedConnection.Info);
            await connection.SendAsync($"-ERR 'I know {secret}'\r\n");
            await connection.HangAsync();
        });

        var lost = await LinkRig.Open(server.Url, opts => what switch
        {
            "seed" => opts with { AuthOpts = new NatsAuthOpts { Jwt = user.Jwt, Seed = user.Seed } },
            "creds" => opts with { AuthOpts = new NatsAuthOpts { Creds = user.FileText } },
            "key password" => opts with { TlsOpts = opts.TlsOpts with { Mode = NATS.Client.Core.TlsMode.Disable, KeyFilePassword = Secret } },
            "bundle password" => opts with { TlsOpts = opts.TlsOpts with { Mode = NATS.Client.Core.TlsMode.Disable, CertBundleFilePassword = Secret } },
            _ => opts with { WebSocketOpts = new NatsWebSocketOpts { RequestHeaders = new Dictionary<string, Microsoft.Extensions.Primitives.StringValues> { ["Authorization"] = Secret } } },
        }).Recorder.LostAsync();

        Assert.Equal(Hidden, lost.Detail);
    }

    [Theory]
    [InlineData("factory")]
    [InlineData("callback")]
    [InlineData("tls")]
    public async Task Code_of_the_user_that_quotes_a_credential_is_not_quoted(string where)
    {
        await using var server = await NatsServer.StartAsync();
        var failure = new InvalidOperationException($"cannot use {Secret} here");

        var lost = await LinkRig.Open(server.Url, opts => where switch
        {
            "factory" => opts with { AuthOpts = new NatsAuthOpts { Token = Secret }, SocketConnectionFactory = new ThrowingFactory(failure) },
            "tls" => opts with
            {
                AuthOpts = new NatsAuthOpts { Token = Secret },
                TlsOpts = new NatsTlsOpts { Mode = NATS.Client.Core.TlsMode.Implicit, ConfigureClientAuthentication = _ => throw failure },
            },
            _ => opts with { AuthOpts = new NatsAuthOpts { Token = Secret, AuthCredCallback = (_, _) => throw failure } },
        }).Recorder.LostAsync();

        Assert.DoesNotContain(Secret, lost.Detail, StringComparison.Ordinal);
        Assert.EndsWith(Hidden, lost.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, $"{lost}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_throw_fail_the_attempt_and_say_why()
    {
        var lost = await LinkRig.Open("nats://127.0.0.1:4222", _ => throw new InvalidOperationException("no vault")).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Unreachable, lost.Kind);
        Assert.Contains("InvalidOperationException: no vault", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_for_credentials_that_throws_is_an_authorization_error_and_says_why()
    {
        await using var server = await NatsServer.StartAsync();
        var auth = new NatsAuthOpts { AuthCredCallback = (_, _) => throw new InvalidOperationException("no vault") };

        var lost = await LinkRig.Open(server.Url, opts => opts with { AuthOpts = auth }).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Authorization, lost.Kind);
        Assert.Contains("no vault", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_for_credentials_that_never_answers_is_a_timeout()
    {
        await using var server = await NatsServer.StartAsync();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var auth = new NatsAuthOpts
        {
            AuthCredCallback = (_, _) =>
            {
                asked.TrySetResult();
                return new(new TaskCompletionSource<NatsAuthCred>().Task);
            },
        };
        var time = new VirtualTime();
        var settings = new ConnectionSettings();
        var recorder = LinkRig.Open(server.Url, opts => opts with { AuthOpts = auth }, settings, time: time).Recorder;
        await asked.Task.WaitAsync(Until.DefaultTimeout, TimeProvider.System);

        time.Advance(settings.ConnectTimeout);

        var lost = await recorder.LostAsync();
        Assert.Equal(LinkLossKind.Timeout, lost.Kind);
        Assert.Contains("waiting for the answer to CONNECT", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_url_of_the_options_that_is_no_server_is_told_without_its_text()
    {
        var lost = await LinkRig.Open("nats://127.0.0.1:4222", opts => opts with { Url = $"http://u:{Secret}@host" }).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Unreachable, lost.Kind);
        Assert.Equal("NatsOpts.Url: the scheme is unknown; must be one host[:port] behind nats://, tls://, ws:// or wss://", lost.Detail);
    }

    private sealed class ThrowingFactory(Exception failure) : INatsSocketConnectionFactory
    {
        public ValueTask<INatsSocketConnection> ConnectAsync(Uri uri, NatsOpts opts, CancellationToken cancellationToken) => throw failure;
    }
}
