using System.Net.Sockets;
using System.Security.Authentication;
using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>Says in the port's words what the client's exceptions mean.</summary>
internal static class NatsNetFailure
{
    /// <param name="error">What the client threw.</param>
    /// <param name="logged">What the client logged last, which has the cause that the exception left out.</param>
    /// <param name="hasSocket">Whether the server had been reached.</param>
    public static LinkFailure Describe(Exception error, Exception? logged, bool hasSocket)
    {
        foreach (var each in Causes(error).Concat(Causes(logged)))
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
                    return new LinkFailure(LinkLossKind.Tls, tls.Message);
                case FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
                    or System.Security.Cryptography.CryptographicException:
                    return new LinkFailure(hasSocket ? LinkLossKind.Tls : LinkLossKind.Authorization, each.Message);
                case NatsException { Message: var text } when text.Contains("TLS", StringComparison.Ordinal):
                    return new LinkFailure(LinkLossKind.Tls, text);
                case NatsException { Message: var text } when text.StartsWith("Failed to load credentials", StringComparison.Ordinal):
                    return new LinkFailure(LinkLossKind.Authorization, text);
                case SocketException socket:
                    return new LinkFailure(hasSocket ? LinkLossKind.Closed : LinkLossKind.Unreachable, socket.Message);
                case TimeoutException:
                    return new LinkFailure(
                        hasSocket ? LinkLossKind.Timeout : LinkLossKind.Unreachable, "connection.connect-timeout passed during the handshake");
                case IOException broken:
                    return new LinkFailure(LinkLossKind.Closed, broken.Message);
            }
        }

        return hasSocket
            ? new LinkFailure(LinkLossKind.Closed, $"the connection ended: {error.GetType().Name}: {error.Message}")
            : new LinkFailure(LinkLossKind.Unreachable, $"{error.GetType().Name}: {error.Message}");
    }

    private static IEnumerable<Exception> Causes(Exception? error)
    {
        for (var each = error; each is not null; each = each.InnerException)
        {
            yield return each;
        }
    }
}
