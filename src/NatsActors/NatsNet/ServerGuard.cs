using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>
/// Reads what the server sends before the client does, by the wire link's rules, and ends the link at the first byte that breaks
/// one. The client trusts its server: it keeps a line until its end comes, however long that takes, passes over what is no
/// protocol, and lets any PONG complete a ping. One thread at a time gives it bytes.
/// </summary>
internal sealed class ServerGuard(Action<LinkFailure> end)
{
    private readonly ProtocolReader _reader = new(new ReaderLimits());
    private long _asked;
    private long _answered;

    /// <summary>A PING is about to be given to the client; from any thread.</summary>
    public void Pinging() => Interlocked.Increment(ref _asked);

    /// <summary>Looks at what was received; it may be shown to the client when this returns.</summary>
    /// <exception cref="LinkFailure">It may not: the link has ended.</exception>
    public void Check(ReadOnlySpan<byte> received)
    {
        while (!received.IsEmpty)
        {
            var space = _reader.Space().Span;
            var count = Math.Min(space.Length, received.Length);
            received[..count].CopyTo(space);
            _reader.Received(count);
            received = received[count..];
            while (_reader.TryRead(out var message))
            {
                Check(message);
            }
        }
    }

    private void Check(in ServerMessage message)
    {
        var wrong = message.Op switch
        {
            ServerOp.Violation => message.Violation,
            ServerOp.Pong when ++_answered > Interlocked.Read(ref _asked) => "the server sent a PONG that no PING asked for",
            _ => null,
        };
        if (wrong is not null)
        {
            var failure = new LinkFailure(LinkLossKind.Protocol, wrong);
            end(failure);
            throw failure;
        }
    }
}
