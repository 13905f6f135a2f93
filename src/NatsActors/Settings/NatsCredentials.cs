namespace NatsActors;

/// <summary>User and password, or token. <see cref="ToString"/> shows the kind of the credentials only.</summary>
public sealed class NatsCredentials
{
    private NatsCredentials(string? user, string? password, string? token)
    {
        User = user;
        Password = password;
        Token = token;
    }

    /// <summary>No credentials. A server's URL may still have some.</summary>
    public static NatsCredentials None { get; } = new(null, null, null);

    /// <summary>The user's name; null without one.</summary>
    internal string? User { get; }

    internal string? Password { get; }

    internal string? Token { get; }

    /// <summary>Makes credentials of a user and a password.</summary>
    /// <param name="user">The user; not empty.</param>
    /// <param name="password">The password; may be empty.</param>
    public static NatsCredentials UserPassword(string user, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        ArgumentNullException.ThrowIfNull(password);
        return new NatsCredentials(user, password, null);
    }

    /// <summary>Makes credentials of a token.</summary>
    /// <param name="token">The token; not empty.</param>
    public static NatsCredentials ForToken(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        return new NatsCredentials(null, null, token);
    }

    /// <summary>The kind of the credentials, never their values.</summary>
    public override string ToString() => this switch
    {
        { Token: not null } => "token (hidden)",
        { User: not null } => "user and password (hidden)",
        _ => "none",
    };
}
