using System.Net;
using System.Net.Sockets;
using NATS.Client.Core;
using NatsActors.Links;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>A link through the connection of a user's own factory.</summary>
public sealed class LinkUserConnectionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_users_own_connection_carries_the_link(bool withSocket)
    {
        await using var server = await NatsServer.StartAsync();
        var factory = new OwnFactory(withSocket);

        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with { SocketConnectionFactory = factory });

        await LinkRig.AssertWorksAsync(link, recorder);
        await Until.TrueAsync(() => factory.Disposed == 1);
        Assert.Equal(server.Port, factory.Asked!.Port);
    }

    [Fact]
    public async Task A_users_own_connection_with_a_socket_gets_the_links_TLS()
    {
        using var certificates = new TestCertificates();
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = certificates.Config() });

        var (link, recorder) = LinkRig.Open(
            server.Url, opts => opts with { SocketConnectionFactory = new OwnFactory(withSocket: true) },
            new ConnectionSettings { Tls = new TlsSettings { CaFile = certificates.AuthorityFile } });

        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task A_users_own_connection_that_never_ends_a_call_holds_no_loss_up()
    {
        await using var server = await NatsServer.StartAsync();
        var factory = new OwnFactory(withSocket: false) { Stubborn = true };
        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with { SocketConnectionFactory = factory });
        await recorder.WaitAsync<LinkUp>();

        factory.Stuck = true;
        link.Write(Batches.Numbered("a", 1, 10));
        link.Close();

        Assert.Equal(LinkLossKind.Local, (await recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task A_users_factory_that_throws_fails_the_attempt_and_says_why()
    {
        var factory = new OwnFactory(withSocket: false) { Failure = new InvalidOperationException("no tunnel") };

        var lost = await LinkRig.Open(
            "nats://127.0.0.1:4222", opts => opts with { SocketConnectionFactory = factory }).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Unreachable, lost.Kind);
        Assert.Contains("no tunnel", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_a_users_factory_makes_too_late_is_disposed()
    {
        await using var server = await NatsServer.StartAsync();
        var factory = new OwnFactory(withSocket: false) { Gate = new TaskCompletionSource() };
        var (link, recorder) = LinkRig.Open(server.Url, opts => opts with { SocketConnectionFactory = factory });
        await factory.Called;

        link.Close();
        Assert.Equal(LinkLossKind.Local, (await recorder.LostAsync()).Kind);
        factory.Gate.SetResult();

        await Until.TrueAsync(() => factory.Disposed == 1);
    }

    /// <summary>TCP as a user would bring it, with faults.</summary>
    private sealed class OwnFactory(bool withSocket) : INatsSocketConnectionFactory
    {
        private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _disposed;

        public Uri? Asked { get; private set; }
        public Exception? Failure { get; init; }
        public TaskCompletionSource? Gate { get; init; }
        public bool Stubborn { get; init; }
        public volatile bool Stuck;

        public Task Called => _called.Task.WaitAsync(Until.DefaultTimeout);

        public int Disposed => Volatile.Read(ref _disposed);

        public async ValueTask<INatsSocketConnection> ConnectAsync(Uri uri, NatsOpts opts, CancellationToken cancellationToken)
        {
            Asked = uri;
            _called.TrySetResult();
            if (Failure is not null)
            {
                throw Failure;
            }

            await (Gate?.Task ?? Task.CompletedTask);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Parse(uri.Host), uri.Port, CancellationToken.None);
            return withSocket ? new WithSocket(this, socket) : new Connection(this, socket);
        }

        private class Connection(OwnFactory owner, Socket socket) : INatsSocketConnection
        {
            public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer)
            {
                if (owner.Stuck)
                {
                    await new TaskCompletionSource().Task;
                }

                // As few as a socket may take.
                return await socket.SendAsync(buffer[..Math.Min(buffer.Length, 1000)]);
            }

            public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => socket.ReceiveAsync(buffer);

            public ValueTask DisposeAsync()
            {
                Interlocked.Increment(ref owner._disposed);
                if (!owner.Stubborn)
                {
                    socket.Dispose();
                }

                return default;
            }
        }

        private sealed class WithSocket(OwnFactory owner, Socket socket) : Connection(owner, socket), INatsTlsUpgradeableSocketConnection
        {
            public Socket Socket { get; } = socket;
        }
    }
}
