using System.Collections.Concurrent;
using Akka.Actor;
using NatsActors.Connection;
using NatsActors.Hosting;
using NatsActors.Links;
using NatsActors.Specs;
using NatsActors.Testing;
using NatsActors.Tests.Door;

namespace NatsActors.Tests.Borders;

/// <summary>A status that a subscriber asks for while it hears an event agrees with that event.</summary>
public sealed class StatusAtEventsTests
{
    private readonly ConcurrentQueue<(NatsEvent Event, PublisherStatus Status)> _seen = new();

    [Fact]
    public async Task The_state_at_each_event_of_a_connection_matches()
    {
        var backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(50), Authorization = TimeSpan.FromMilliseconds(50) };
        await using var stage = new DoorStage(
            DoorStage.Small() with { Connection = new() { Servers = ["nats://a:4222"], Backoff = backoff } }, connected: false);
        Watch(stage.System, () => stage.Publisher);
        stage.Links.Last.Lose(LinkLossKind.Authorization, "Authorization Violation");
        await stage.EventAsync<AuthenticationFailed>();
        await NextLinkAsync(stage, 2);
        stage.Links.Last.Up();
        await stage.EventAsync<Connected>();
        Assert.True(stage.Parts.Door.TryAccept("s", "x"u8, out _));
        await Until.TrueAsync(() => stage.Links.Last.LastSequence == 1);
        stage.Links.Last.Lose();
        await Until.TrueAsync(() => _seen.Count(seen => seen.Event is Disconnected) == 2);
        await NextLinkAsync(stage, 3);
        stage.Links.Last.Up();
        await stage.EventAsync<Reconnected>();
        stage.Publisher.Tell(ForceReconnect.Instance);
        await Until.TrueAsync(() => _seen.Count(seen => seen.Event is Disconnected) == 3);
        await stage.Publisher.GracefulStop(Until.DefaultTimeout);

        Assert.Equal(
            [nameof(Disconnected), nameof(AuthenticationFailed), nameof(Connected), nameof(Disconnected), nameof(Reconnected), nameof(Disconnected)],
            _seen.Select(seen => seen.Event.GetType().Name).Take(6));
        AssertAgree();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_state_at_a_crash_of_the_connection_actor_matches(bool draining)
    {
        await using var stage = new DoorStage();
        Watch(stage.System, () => stage.Publisher);
        Assert.True(stage.Parts.Door.TryAccept("s", "x"u8, out _));
        if (draining)
        {
            stage.Publisher.Tell(new Drain(Until.DefaultTimeout));
            await Until.TrueAsync(() => stage.Status.State == ConnectionState.Draining);
        }

        await Until.TrueAsync(() => stage.Links.Last.LastSequence == 1);
        stage.Child("connection").Tell(Kill.Instance);
        await stage.EventAsync<Disconnected>();
        await NextLinkAsync(stage, 2);
        stage.Links.Last.Up();
        await stage.EventAsync<Reconnected>();

        Assert.Contains(_seen, seen => seen.Event is Disconnected);
        AssertAgree();
    }

    [Fact]
    public async Task The_state_at_the_end_of_a_drain_matches()
    {
        await using var stage = new DoorStage();
        Watch(stage.System, () => stage.Publisher);
        Assert.True(stage.Parts.Door.TryAccept("s", "x"u8, out _));
        var drained = stage.Publisher.Ask<Drained>(new Drain(Until.DefaultTimeout));
        await stage.EventAsync<Draining>();
        await Until.TrueAsync(() => stage.Links.Last.LastSequence == 1);
        stage.Links.Last.ConfirmAll();
        await drained;

        Assert.Equal([typeof(Draining), typeof(Closed)], _seen.Select(seen => seen.Event.GetType()));
        AssertAgree();
    }

    [Fact]
    public async Task The_state_at_a_final_refusal_of_the_credentials_matches()
    {
        await using var stage = new DoorStage(
            DoorStage.Small() with { Connection = new() { Servers = ["nats://a:4222"], AuthorizationError = AuthorizationErrorPolicy.Stop } }, connected: false);
        Watch(stage.System, () => stage.Publisher);
        stage.Links.Last.Lose(LinkLossKind.Authorization, "Authorization Violation");
        await stage.EventAsync<Closed>();

        Assert.True(Assert.IsType<AuthenticationFailed>(_seen.ElementAt(1).Event).Final);
        AssertAgree();
    }

    [Fact]
    public async Task The_states_match_with_a_real_server()
    {
        var secret = "authorization { user: u, password: p }";
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = secret });
        await using var test = new TestSystem(
            TestSystem.To(server), NatsPublisherSetup.Empty.WithCredentials(NatsCredentials.UserPassword("u", "p")));
        // An event may come before the start has returned: the look for the publisher waits for that.
        Watch(test.System, () => test.Publishers.Publisher());
        var publisher = test.Publishers.Publisher();
        await test.EventAsync<Connected>();
        await server.StopAsync();
        await test.EventAsync<Disconnected>();
        await server.RestartAsync();
        await test.EventAsync<Reconnected>();
        await server.ReloadAsync("authorization { user: u, password: another }");
        await test.EventAsync<AuthenticationFailed>();
        await server.ReloadAsync(secret);
        await Until.TrueAsync(() => _seen.Count(seen => seen.Event is Reconnected) == 2);
        await publisher.Ask<Drained>(new Drain(Until.DefaultTimeout), Until.DefaultTimeout);

        Assert.IsType<Closed>(_seen.Last().Event);
        AssertAgree();
    }

    private static Task NextLinkAsync(DoorStage stage, int count) => Until.TrueAsync(() => stage.Links.Count == count);

    private void Watch(ActorSystem system, Func<IActorRef> publisher) => system.EventStream.Subscribe(
        new Recorder(system, occurrence =>
        {
            PublisherStatus? status = null;
            publisher()?.Tell(GetStatus.Instance, new Recorder(system, reply => status = (PublisherStatus)reply));
            _seen.Enqueue(((NatsEvent)occurrence, status!));
        }),
        typeof(NatsEvent));

    private void AssertAgree() => Assert.All(_seen, seen =>
    {
        var (occurrence, status) = seen;
        Assert.True(status is not null, $"no status at {occurrence}");
        var agrees = occurrence switch
        {
            Connected e => (status.State, status.Server, status.LinkDownFor) == (ConnectionState.Connected, e.Server, null),
            Reconnected e => status.State is ConnectionState.Connected or ConnectionState.Draining
                && (status.Server, status.LinkDownFor) == (e.Server, null) && status.Reconnects > 0,
            Disconnected => status is { State: ConnectionState.Connecting or ConnectionState.Backoff or ConnectionState.Closed, Server: null, InFlightMessages: 0, LastError: not null },
            AuthenticationFailed { Final: true } e => status.State == ConnectionState.Closed && status.LastError!.Contains(e.Detail, StringComparison.Ordinal),
            AuthenticationFailed e => status is { State: ConnectionState.Backoff or ConnectionState.Connecting, Server: null } && status.LastError!.Contains(e.Detail, StringComparison.Ordinal),
            Closed e => (status.State, status.Server, status.BufferedMessages) == (ConnectionState.Closed, null, 0) && status.Totals.ToString() == e.Totals.ToString(),
            _ => true,
        };
        Assert.True(agrees, $"at {occurrence}\nthe status was {status}");
    });
}
