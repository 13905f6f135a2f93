namespace NatsActors;

/// <summary>User and password, or token. <see cref="ToString"/> says only which kind it is.</summary>
public sealed class NatsCredentials
{
    private NatsCredentials(string? user, string? password, string? token)
    {
        User = user;
        Password = password;
        Token = token;
    }

    /// <summary>No credentials (or those in a server's URL).</summary>
    public static NatsCredentials None { get; } = new(null, null, null);

    /// <summary>The user's name; null without one.</summary>
    internal string? User { get; }

    internal string? Password { get; }

    internal string? Token { get; }

    /// <summary>User and password.</summary>
    public static NatsCredentials UserPassword(string user, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        ArgumentNullException.ThrowIfNull(password);
        return new NatsCredentials(user, password, null);
    }

    /// <summary>A token.</summary>
    public static NatsCredentials ForToken(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        return new NatsCredentials(null, null, token);
    }

    /// <summary>The kind of credentials, never their value.</summary>
    public override string ToString() => this switch
    {
        { Token: not null } => "token (hidden)",
        { User: not null } => "user and password (hidden)",
        _ => "none",
    };
}
