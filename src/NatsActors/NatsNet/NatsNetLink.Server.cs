using System.Text;
using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>What the server says, and what it means for the link.</summary>
internal sealed partial class NatsNetLink
{
    private ValueTask OnDisconnected(object? sender, NatsEventArgs args)
    {
        End(new LinkFailure(LinkLossKind.Closed, "the server closed the connection, or it broke"));
        return ValueTask.CompletedTask;
    }

    private void OnServerError(string error)
    {
        Interlocked.Increment(ref _errorsHeard);
        var text = Encoding.UTF8.GetBytes(error);
        switch (ServerErrors.Classify(text, out var subject))
        {
            case ServerErrorKind.PublishDenied when !_fences.Deny(subject!):
                End(new LinkFailure(LinkLossKind.ServerError, "the server refused more subjects than can be kept"));
                break;
            case ServerErrorKind.Authorization:
                End(new LinkFailure(LinkLossKind.Authorization, $"the server says \"{ServerErrors.Detail(text)}\""));
                break;
            case ServerErrorKind.Fatal:
                End(new LinkFailure(LinkLossKind.ServerError, $"the server says \"{ServerErrors.Detail(text)}\""));
                break;
        }
    }

    /// <summary>The client's own event, later: only to notice when a future client no longer tells it in its log.</summary>
    private ValueTask OnErrorEvent(object? sender, NatsServerErrorEventArgs args)
    {
        if (Interlocked.Increment(ref _errorsRaised) > Interlocked.Read(ref _errorsHeard))
        {
            OnServerError(args.Error);
            End(new LinkFailure(LinkLossKind.Protocol, "this version of NATS.Client.Core reports errors too late to tell what they refuse"));
        }

        return ValueTask.CompletedTask;
    }

    private void OnServerInfo(INatsServerInfo info)
    {
        _tlsInsisted |= info.TlsRequired;
        lock (_gate)
        {
            if (!_up || _end is not null)
            {
                return;
            }

            _reports.Post(new LinkInfoChanged(Epoch, Info(info)));
        }

        ThreadPool.UnsafeQueueUserWorkItem(static reports => reports.Flush(), _reports, preferLocal: false);
    }

    private static ServerInfo Info(INatsServerInfo info) => new()
    {
        ServerId = info.Id,
        Version = info.Version,
        MaxPayload = info.MaxPayload,
        Headers = info.HeadersSupported,
        JetStream = info.JetStreamAvailable,
        AuthRequired = info.AuthRequired,
        TlsRequired = info.TlsRequired,
        TlsAvailable = info.TlsAvailable,
        LameDuck = info.LameDuckMode,
        ConnectUrls = info.ClientConnectUrls ?? [],
    };
}
