using System.Text;
using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>What the server says, and what it means for the link.</summary>
internal sealed partial class NatsNetLink
{
    private const int LongestError = 256;

    private ValueTask OnDisconnected(object? sender, NatsEventArgs args)
    {
        End(new LinkFailure(LinkLossKind.Closed, NatsNetFailure.Ended));
        return ValueTask.CompletedTask;
    }

    private void OnServerError(string error)
    {
        Interlocked.Increment(ref _errorsHeard);
        var text = Encoding.UTF8.GetBytes(error);
        switch (ServerErrors.Classify(text, out var subject))
        {
            case ServerErrorKind.PublishDenied when !_fences.Deny(subject!):
                End(FenceBook.TooManyDenied);
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

    /// <summary>The client's reading has failed of what the server sent; it would go on, and meet the same bytes again.</summary>
    private void OnReadFailed(Exception error) => End(new LinkFailure(
        LinkLossKind.Protocol, $"NATS.Client.Core could not read what the server sent: \"{ServerErrors.Printable(error.Message, LongestError)}\""));

    private void OnServerInfo(INatsServerInfo info)
    {
        _tlsInsisted |= info.TlsRequired;
        if (!_infos.Take(info.ClientConnectUrls?.Sum(url => url.Length) ?? 0))
        {
            End(InfoBudget.Exceeded);
            return;
        }

        lock (_gate)
        {
            if (!_up || _end is not null)
            {
                return;
            }

            PostUnasked(new LinkInfoChanged(Epoch, Info(info)));
        }

        _reports.Flush();
    }

    /// <summary>Posts what a server can send without being asked.</summary>
    private void PostUnasked(LinkReport report)
    {
        if (!_reports.Post(report))
        {
            End(LinkReports.Overflow);
        }
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
        ConnectUrls = [.. (info.ClientConnectUrls ?? []).Take(ServerInfoJson.MaxUrls)],
    };
}
