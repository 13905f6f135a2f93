namespace NatsActors.Faults;

/// <summary>The users of a fence run, one for each publisher, told by its subject.</summary>
public static class Logins
{
    public const string Password = "password-0";

    public static string UserOf(string subject) => "p" + subject[(subject.LastIndexOf('.') + 1)..];
}
