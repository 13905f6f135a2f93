using NATS.Client.Core;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>Opens links for tests, with the settings' defaults and ten seconds for every answer.</summary>
internal static class LinkRig
{
    public static (ILink Link, LinkRecorder Recorder) Open(
        string url, Func<NatsOpts, NatsOpts>? configure = null, ConnectionSettings? settings = null, string? ackInbox = null,
        LinkOptions? options = null, TimeSpan? confirmTimeout = null, TimeProvider? time = null)
    {
        var recorder = new LinkRecorder(1);
        var request = new LinkRequest(
            1, ServerAddress.Parse(url), settings ?? new ConnectionSettings(), confirmTimeout ?? TimeSpan.FromSeconds(10), ackInbox);
        return (new LinkFactory(time ?? TimeProvider.System, configure, options).Open(request, recorder.Report), recorder);
    }

    /// <summary>Waits until the link is up, lets it confirm a batch, and closes it.</summary>
    public static async Task AssertWorksAsync(ILink link, LinkRecorder recorder)
    {
        var first = await recorder.WaitAsync<LinkReport>();
        Assert.True(first is LinkUp, $"{first}");
        link.Write(Batches.Numbered("a", 1, 1000));
        var confirmed = await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 1000);
        Assert.Null(confirmed.DeniedSubjects);
        link.Close();
        Assert.Equal(LinkLossKind.Local, (await recorder.LostAsync()).Kind);
    }
}
