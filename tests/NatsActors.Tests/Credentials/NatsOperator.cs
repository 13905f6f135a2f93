using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NATS.NKeys;
using NatsActors.Testing;

namespace NatsActors.Tests.Credentials;

/// <summary>
/// An operator with one account, made anew for a test, and the users that it issues: what <c>nsc</c> makes for a cluster with
/// decentralised authentication (https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt).
/// </summary>
internal sealed class NatsOperator : IDisposable
{
    private readonly KeyPair _operator = KeyPair.CreatePair(PrefixByte.Operator);
    private readonly KeyPair _account = KeyPair.CreatePair(PrefixByte.Account);

    /// <summary>A server that trusts the operator, and finds the account in its own memory.</summary>
    public NatsServerOptions Server => new()
    {
        Config = $$"""
            operator: "{{Sign(_operator, _operator, "operator", new { })}}"
            resolver: MEMORY
            resolver_preload: { {{_account.GetPublicKey()}}: "{{AccountJwt()}}" }
            """,
    };

    /// <summary>A user of the account, whose key is the bearer's alone.</summary>
    public NatsUser IssueUser(DateTimeOffset? expires = null)
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        var claims = new { pub = new { }, sub = new { }, subs = -1, data = -1, payload = -1 };
        return new NatsUser(Sign(user, _account, "user", claims, expires), user.GetSeed());
    }

    public void Dispose()
    {
        _operator.Dispose();
        _account.Dispose();
    }

    private string AccountJwt() => Sign(_account, _operator, "account", new
    {
        limits = new { subs = -1, data = -1, payload = -1, imports = -1, exports = -1, wildcards = true, conn = -1, leaf = -1 },
    });

    /// <summary>A JWT in NATS's form: the signature is the issuer's NKey's, and the claims of the type stand under <c>nats</c>.</summary>
    private static string Sign(KeyPair subject, KeyPair issuer, string type, object claims, DateTimeOffset? expires = null)
    {
        var nats = JsonSerializer.SerializeToNode(claims)!.AsObject();
        (nats["type"], nats["version"]) = (type, 2);
        var body = new Dictionary<string, object>
        {
            ["jti"] = Convert.ToHexString(RandomNumberGenerator.GetBytes(16)),
            ["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["iss"] = issuer.GetPublicKey(),
            ["sub"] = subject.GetPublicKey(),
            ["name"] = type,
            ["nats"] = nats,
        };
        if (expires is { } at)
        {
            body["exp"] = at.ToUnixTimeSeconds();
        }

        var text = $"{Part("""{"typ":"JWT","alg":"ed25519-nkey"}"""u8)}.{Part(JsonSerializer.SerializeToUtf8Bytes(body))}";
        var signature = new byte[64];
        issuer.Sign(Encoding.ASCII.GetBytes(text), signature);
        return $"{text}.{Part(signature)}";
    }

    private static string Part(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}

/// <summary>What a user's credentials file holds.</summary>
internal sealed record NatsUser(string Jwt, string Seed)
{
    /// <summary>The file's text, with the lines and warnings of <c>nsc generate creds</c>.</summary>
    public string FileText =>
        $"""
        -----BEGIN NATS USER JWT-----
        {Jwt}
        ------END NATS USER JWT------

        ************************* IMPORTANT *************************
        NKEY Seed printed below can be used to sign and prove identity.
        NKEYs are sensitive and should be treated as secrets.

        -----BEGIN USER NKEY SEED-----
        {Seed}
        ------END USER NKEY SEED------

        *************************************************************
        """;
}
