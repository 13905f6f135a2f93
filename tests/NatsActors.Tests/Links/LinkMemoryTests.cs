using System.Buffers;
using NatsActors.Buffer;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>The memory of a batch belongs to the publisher again once the link is lost.</summary>
public sealed class LinkMemoryTests
{
    private static readonly TimeSpan ConfirmTimeout = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Frames_need_not_lie_in_an_array()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("a");
        using var memory = new WatchedMemory(Batches.Numbered("a", 1, 1000).Frames);
        var recorder = new LinkRecorder(1);
        var link = Open(server.Url, recorder);
        await recorder.WaitAsync<LinkUp>();

        link.Write(new FrameBatch(memory.Memory, 1, 1000, 1000));

        await recorder.WaitAsync<LinkConfirmed>();
        Assert.Equal(1000, (await reader.WaitForAsync(1000)).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stuck_send_has_ended_when_the_link_is_reported_lost(bool byClose)
    {
        await using var server = ScriptedServer.Start(async connection =>
        {
            await connection.BringUpAsync();
            await connection.HangAsync();
        });
        var large = Batches.Of(1, Enumerable.Repeat(("large", new string('x', 900_000)), 20));
        using var memory = new WatchedMemory(large.Frames);
        var touchedAtLoss = -1;
        var recorder = new LinkRecorder(1)
        {
            OnReport = report =>
            {
                if (report is LinkLost)
                {
                    touchedAtLoss = memory.Touched;
                    memory.GiveBack();
                }
            },
        };
        var time = new VirtualTime();
        var link = Open(server.Url, recorder, time);
        await recorder.WaitAsync<LinkUp>();
        link.Write(large with { Frames = memory.Memory });
        await Until.TrueAsync(() => memory.Touched > 0);
        if (byClose)
        {
            link.Close();
        }
        else
        {
            await Until.TrueAsync(() =>
            {
                // Each piece that the socket takes starts the wait again.
                time.Advance(ConfirmTimeout);
                return recorder.Reports.OfType<LinkLost>().Any();
            });
        }

        var lost = await recorder.LostAsync();
        await server.DisposeAsync();

        Assert.Equal(byClose ? LinkLossKind.Local : LinkLossKind.Timeout, lost.Kind);
        Assert.Equal(0, memory.TouchedAfter);
        Assert.True(touchedAtLoss > 0);
        Assert.Empty(recorder.Reports.OfType<LinkWritten>());
    }

    private static ILink Open(string url, LinkRecorder recorder, TimeProvider? time = null) =>
        new LinkFactory(time ?? TimeProvider.System).Open(
            new LinkRequest(1, ServerAddress.Parse(url), new ConnectionSettings(), ConfirmTimeout, null),
            recorder.Report);

    /// <summary>Memory that counts who looks at it, before and after it was given back.</summary>
    private sealed class WatchedMemory(ReadOnlyMemory<byte> content) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = content.ToArray();
        private int _touched;
        private int _touchedAfter;
        private bool _givenBack;

        public int Touched => Volatile.Read(ref _touched);

        public int TouchedAfter => Volatile.Read(ref _touchedAfter);

        public override Memory<byte> Memory => CreateMemory(_bytes.Length);

        public void GiveBack() => Volatile.Write(ref _givenBack, true);

        public override Span<byte> GetSpan()
        {
            Interlocked.Increment(ref Volatile.Read(ref _givenBack) ? ref _touchedAfter : ref _touched);
            return _bytes;
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            Interlocked.Increment(ref Volatile.Read(ref _givenBack) ? ref _touchedAfter : ref _touched);
            return _bytes.AsMemory(elementIndex).Pin();
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
