using System.Net.WebSockets;

namespace NatsActors.Links;

/// <summary>
/// A WebSocket. Each part is a binary message of its own. A server reads the messages as one stream, wherever they end
/// (https://docs.nats.io/running-a-nats-service/configuration/websocket).
/// </summary>
/// <param name="socket">The open WebSocket.</param>
/// <param name="isSecure">Whether TLS is below it (<c>wss://</c>).</param>
internal sealed class WebSocketTransport(WebSocket socket, bool isSecure) : LinkTransport
{
    public override bool IsSecure => isSecure;

    public override async ValueTask<int> ReceiveAsync(Memory<byte> space, CancellationToken cancel)
    {
        while (true)
        {
            var received = await socket.ReceiveAsync(space, cancel).ConfigureAwait(false);
            // A message may be empty. Only a close frame ends the connection.
            if (received.Count > 0 || received.MessageType == WebSocketMessageType.Close)
            {
                return received.Count;
            }
        }
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail)
    {
        await SendAsync(head).ConfigureAwait(false);
        await SendAsync(body).ConfigureAwait(false);
        await SendAsync(tail).ConfigureAwait(false);
    }

    public override void Abort() => socket.Abort();

    public override void Dispose() => socket.Dispose();

    private ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty
        ? ValueTask.CompletedTask
        : socket.SendAsync(bytes, WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
}
