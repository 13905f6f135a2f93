using System.Net.Sockets;
using System.Security.Authentication;
using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>Says in the port's words what the client's exceptions mean.</summary>
internal static class NatsNetFailure
{
    public const string Ended = "the server closed the connection, or it broke";

    /// <param name="error">What the client threw.</param>
    /// <param name="logged">What the client logged first, which has the cause that the exception left out.</param>
    /// <param name="hasSocket">Whether the server had been reached.</param>
    /// <param name="opening">Whether the link was not up yet.</param>
    public static LinkFailure Describe(Exception error, Exception? logged, bool hasSocket, bool opening)
    {
        foreach (var each in Causes(logged).Concat(Causes(error)))
        {
            switch (each)
            {
                case LinkFailure failure:
                    return failure;
                case NatsServerException { IsAuthError: true } refused:
                    return new LinkFailure(LinkLossKind.Authorization, refused.Message);
                case NatsServerException refused:
                    return new LinkFailure(LinkLossKind.ServerError, refused.Message);
                case AuthenticationException tls:
                    return new LinkFailure(LinkLossKind.Tls, Words(tls));
                case FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
                    or System.Security.Cryptography.CryptographicException:
                    return new LinkFailure(hasSocket ? LinkLossKind.Tls : LinkLossKind.Authorization, each.Message);
                case NatsException { Message: var text } when text.Contains("does not support TLS", StringComparison.Ordinal):
                    return new LinkFailure(LinkLossKind.Tls, "TLS is required, but the server does not offer it");
                case NatsException { Message: var text, InnerException: null } when text.Contains("TLS", StringComparison.Ordinal):
                    return new LinkFailure(LinkLossKind.Tls, text);
                case NatsException { Message: var text } when text.StartsWith("Failed to load credentials", StringComparison.Ordinal):
                    return new LinkFailure(LinkLossKind.Authorization, text);
                case SocketException socket:
                    return new LinkFailure(hasSocket ? LinkLossKind.Closed : LinkLossKind.Unreachable, socket.Message);
                case TimeoutException:
                    return new LinkFailure(
                        hasSocket ? LinkLossKind.Timeout : LinkLossKind.Unreachable, "connection.connect-timeout passed during the handshake");
                // Sockets throw their own exception: this one is of TLS, and with TLS 1.3 a server refuses the client's
                // certificate after the client's side of the handshake is done.
                case IOException { InnerException: not SocketException } tls when opening:
                    return new LinkFailure(LinkLossKind.Tls, Words(tls));
                // With the socket the client ends whatever waits for an answer, and only later says that it is disconnected.
                case OperationCanceledException when hasSocket:
                    return new LinkFailure(LinkLossKind.Closed, Ended);
                case IOException broken:
                    return new LinkFailure(LinkLossKind.Closed, broken.Message);
            }
        }

        return hasSocket
            ? new LinkFailure(LinkLossKind.Closed, $"{Ended} ({error.GetType().Name}: {error.Message})")
            : new LinkFailure(LinkLossKind.Unreachable, $"{error.GetType().Name}: {error.Message}");
    }

    private static string Words(Exception error) =>
        error.InnerException is { } inner ? $"{error.Message} {inner.Message}" : error.Message;

    private static IEnumerable<Exception> Causes(Exception? error)
    {
        for (var each = error; each is not null; each = each.InnerException)
        {
            yield return each;
        }
    }
}
