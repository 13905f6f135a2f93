using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>The port's contract on links to a server.</summary>
public sealed class LinkTests : LinkSuite
{
    private protected override (ILink Link, LinkRecorder Recorder) Open(
        string url, ConnectionSettings? settings = null, TimeSpan? confirmTimeout = null, string? ackInbox = null)
    {
        var recorder = new LinkRecorder(Epoch);
        var request = new LinkRequest(
            Epoch, ServerAddress.Parse(url), settings ?? new ConnectionSettings(), confirmTimeout ?? TimeSpan.FromSeconds(10), ackInbox);
        var link = new LinkFactory(TimeProvider.System).Open(request, recorder.Report);
        Assert.Equal(Epoch, link.Epoch);
        return (link, recorder);
    }
}
