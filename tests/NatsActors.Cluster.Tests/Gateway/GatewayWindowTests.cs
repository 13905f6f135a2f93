using NatsActors.Buffer;
using NatsActors.Cluster.Gateway;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>A link and its session, connected by two queues, while no time passes.</summary>
public sealed class GatewayWindowTests
{
    private readonly Queue<IToSession> _toSession = new();
    private readonly Queue<ToLink> _toLink = new();
    private readonly List<FrameBatch> _written = [];

    [Theory]
    [InlineData(16 * 1024)]
    [InlineData(64 * 1024)]
    public void With_the_least_window_a_batch_of_many_pieces_flows_without_a_ping(int maxMessageBytes)
    {
        var server = ServerAddress.Parse("nats://127.0.0.1:4222");
        var recorder = new LinkRecorder(1);
        var request = new LinkRequest(1, server, new ConnectionSettings(), TimeSpan.FromSeconds(4), null);
        var link = new GatewayLink(request, new Route(), new Channel(_toSession), GatewaySettingsReader.LeastWindow, new VirtualTime(), recorder.Report);
        var session = new GatewaySession(server, 16 * 1024 * 1024, maxMessageBytes, _toLink.Enqueue) { Link = new Server(_written) };
        link.Opened(RemoteFrames.PieceBytes(maxMessageBytes, maxMessageBytes));
        session.On(new LinkUp(1, new ServerInfo()));
        Exchange(link, session);

        var frames = new byte[4 * 1024 * 1024];
        Random.Shared.NextBytes(frames);
        link.Write(new FrameBatch(frames, 1, 7, 7));
        Exchange(link, session);

        Assert.True(Assert.Single(_written).Frames.Span.SequenceEqual(frames));
        Assert.Empty(recorder.Reports.OfType<LinkLost>());
    }

    private void Exchange(GatewayLink link, GatewaySession session)
    {
        while (_toSession.Count + _toLink.Count > 0)
        {
            if (_toSession.TryDequeue(out var message))
            {
                session.On(message);
            }

            if (_toLink.TryDequeue(out var report))
            {
                link.On(report);
            }
        }
    }

    private sealed class Channel(Queue<IToSession> sent) : ISessionChannel
    {
        public void Send(IToSession message) => sent.Enqueue(message);

        public void End()
        {
        }
    }

    private sealed class Server(List<FrameBatch> written) : ILink
    {
        public long Epoch => 1;

        public void Write(FrameBatch batch) => written.Add(batch);

        public void Close()
        {
        }
    }

    private sealed class Route : IGatewayRoute
    {
        public string Address => "akka.tcp://a@b:1";

        public bool Failed() => false;

        public bool Left() => false;

        public void Proved()
        {
        }
    }
}
