using System.Diagnostics;
using NatsActors.Links;
using NatsActors.Tests;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace NatsActors.Specs;

/// <summary>
/// The spans of messages, as an exporter of OpenTelemetry gets them. While a listener is there every publisher of the process
/// traces, so these specs run alone.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class TraceSpecs : ActorSpec
{
    private const string Sender = "TraceSpecs.Sender";

    private static readonly ActivitySource Source = new(Sender);

    private readonly List<Activity> _spans = [];

    [Fact]
    public void A_span_begins_under_the_senders_and_ends_with_the_outcome()
    {
        using var tracing = Trace();
        var link = StartConnected(Small with { Diagnostics = new DiagnosticsSettings { SubjectTemplates = ["orders.*.made", "s"] } });
        string sender;
        using (var parent = Source.StartActivity("request"))
        {
            sender = parent!.Id!;
            Tell(Message("payload", "orders.eu.made") with { Id = "id-1" }, CreateProbe());
            Assert.Same(parent, Activity.Current);
        }

        Write(link);
        Assert.Empty(Spans);
        Advance(TimeSpan.FromMilliseconds(30));
        link.ConfirmAll();
        Settle();

        var span = Assert.Single(Spans);
        Assert.Equal(("publish orders.*.made", ActivityKind.Producer, sender), (span.DisplayName, span.Kind, span.ParentId));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["messaging.system"] = "nats",
                ["messaging.operation.name"] = "publish",
                ["messaging.operation.type"] = "send",
                ["messaging.message.body.size"] = 7,
                ["messaging.message.id"] = "id-1",
                ["messaging.destination.template"] = "orders.*.made",
                ["natsactors.publisher"] = "publisher",
                ["natsactors.outcome"] = "delivered",
            }.Order(Comparer<KeyValuePair<string, object?>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key))),
            span.TagObjects.OrderBy(tag => tag.Key, StringComparer.Ordinal));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Contains($"traceparent: {span.Id}\r\n", link.Frames.Single().Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_end_ends_the_span()
    {
        using var tracing = Trace();
        StartPublisher(With(b => b with { MaxMessages = 2 }));
        var sender = CreateProbe();
        Accept("1", "2");
        Tell(Message("3"), sender);
        Tell(Message("4", "bad subject"), sender);
        Tell(new PublishBatch([Message("5"), Message("6")]), sender);
        Ask<Purged>(new Purge());

        Assert.Equal(
            [
                "buffer-full messages", "rejected bad-subject", "buffer-full messages", "undelivered purged", "undelivered purged",
            ],
            Spans.Select(Ending));
        Assert.All(Spans, span => Assert.Equal(ActivityStatusCode.Error, span.Status));
        Assert.All(Spans, span => Assert.Equal("publish", span.DisplayName));
        // Nobody asked for the outcomes of what the purge took: spans are no claims.
        var told = Events<MessagesUndelivered>();
        Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, told.ExpectMsg<MessagesUndelivered>().Count);
    }

    [Fact]
    public void Messages_that_wait_have_one_span_each_until_their_outcome_or_refusal()
    {
        using var tracing = Trace();
        StartPublisher(With(b => b with { MaxMessages = 2, Overflow = OverflowPolicy.Wait, WaitTimeout = TimeSpan.FromSeconds(1) }));
        Accept("1");
        var sender = CreateProbe();
        Tell(new PublishBatch([Message("2"), Message("3"), Message("4")]), sender);
        Tell(Message("5"), sender);
        Assert.Empty(Spans);
        Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(["buffer-full wait-timeout", "buffer-full wait-timeout"], Spans.Select(Ending));
        Ask<Drained>(new Drain(TimeSpan.Zero));
        Assert.Equal(["undelivered closed", "undelivered closed"], Spans.Skip(2).Select(Ending));
    }

    [Fact]
    public void A_batch_and_its_outcomes_are_traced_message_by_message()
    {
        using var tracing = Trace();
        var link = StartConnected();
        var sender = CreateProbe();
        Tell(new PublishBatch([Message("1") with { WantsOutcome = true, CorrelationId = "c" }, Message("2")]), sender);
        Assert.Equal(2, sender.ExpectMsg<BatchReply>().Accepted);
        Serve(link);
        Assert.Equal("c", sender.ExpectMsg<Delivered>().CorrelationId);
        Assert.Equal(["delivered ", "delivered "], Spans.Select(Ending));
        Assert.Equal(2, link.Frames.Select(frame => frame.Headers).Distinct().Count());
    }

    [Fact]
    public void The_spans_of_an_atomic_batch_end_with_its_one_outcome_or_its_refusal()
    {
        using var tracing = Trace();
        var link = StartConnected(
            With(delivery: d => d with { Confirm = ConfirmMode.JetStream }), new ServerInfo { Headers = true, ApiLevel = 2 });
        var sender = CreateProbe();
        Tell(new PublishBatch([Message("1"), Message("2") with { WantsOutcome = true }]) { Atomic = true, CorrelationId = "c" }, sender);
        Assert.Equal(2, sender.ExpectMsg<BatchReply>().Accepted);
        Assert.Empty(Spans);
        link.Store(1);
        Assert.Equal("c", sender.ExpectMsg<Stored>().CorrelationId);
        Assert.Equal(["stored ", "stored "], Spans.Select(Ending));
        Assert.All(link.Frames, frame => Assert.Contains("traceparent", frame.Headers, StringComparison.Ordinal));

        Tell(new PublishBatch([Message("3"), Message("4", "bad subject")]) { Atomic = true }, sender);
        Assert.Equal(["rejected bad-subject", "rejected bad-subject"], Spans.Skip(2).Select(Ending));
    }

    [Fact]
    public void Headers_stay_and_a_context_that_is_there_already_is_kept()
    {
        using var tracing = Trace();
        var link = StartConnected();
        Ask<Ack>(Message("1") with { Headers = [new("a", "b"), new("traceparent", "00-own")] });
        Ask<Ack>(Message("2") with { Headers = [new("a", "b")] });
        Serve(link);
        var frames = link.Frames;
        Assert.Contains("a: b\r\ntraceparent: 00-own\r\n\r\n", frames[0].Headers, StringComparison.Ordinal);
        Assert.Contains($"a: b\r\ntraceparent: {Spans[1].Id}\r\n", frames[1].Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_without_headers_gets_none_and_spans_are_made_all_the_same()
    {
        using var tracing = Trace();
        var link = StartConnected(info: new ServerInfo { Headers = false });
        Accept("1");
        Serve(link);
        Assert.Equal("", link.Frames.Single().Headers);
        Assert.Equal(["delivered "], Spans.Select(Ending));
    }

    [Fact]
    public void Before_the_first_link_no_context_is_added_for_the_first_server_may_take_no_headers()
    {
        using var tracing = Trace();
        StartPublisher();
        Accept("1");
        var link = Link;
        link.Up(new ServerInfo { Headers = false });
        Settle();
        Serve(link);
        Assert.Equal(ConnectionState.Connected, Status().State);
        Assert.Equal("", link.Frames.Single().Headers);
    }

    [Fact]
    public void A_context_makes_no_message_too_large()
    {
        using var tracing = Trace();
        var link = StartConnected(info: new ServerInfo { Headers = true, MaxPayload = 1000 });
        Accept(new string('x', 1000), "y");
        Serve(link);
        Assert.Equal(["", "NATS"], link.Frames.Select(frame => frame.Headers.Split('/')[0]));
    }

    [Fact]
    public void Nothing_but_the_trace_context_leaves_the_process()
    {
        using var tracing = Trace();
        var link = StartConnected();
        using (var parent = Source.StartActivity("request"))
        {
            parent!.SetBaggage("user", "secret");
            parent.TraceStateString = "vendor=1";
            Accept("1");
        }

        Serve(link);
        Assert.DoesNotContain("secret", link.Frames.Single().Headers, StringComparison.Ordinal);
        Assert.Contains("tracestate: vendor=1\r\n", link.Frames.Single().Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sender_whose_activity_has_stopped_keeps_it()
    {
        using var tracing = Trace();
        StartPublisher();
        using var request = Source.StartActivity("request");
        request!.Stop();
        var seen = Task.Run(() =>
        {
            // The flow of work that outlives its request.
            var before = Activity.Current;
            Parts.Door.TryAccept("s", "1"u8, out _);
            Parts.Door.TryAccept("bad subject", "2"u8, out _);
            return (Before: before, After: Activity.Current);
        }).GetAwaiter().GetResult();
        Assert.Equal(seen.Before, seen.After);
    }

    [Fact]
    public void Where_the_flow_is_suppressed_the_senders_activity_stays_current()
    {
        using var tracing = Trace();
        StartPublisher();
        using var request = Source.StartActivity("request");
        using (ExecutionContext.SuppressFlow())
        {
            Parts.Door.TryAccept("s", "1"u8, out _);
            Parts.Door.TryAccept("bad subject", "2"u8, out _);
            Assert.Same(request, Activity.Current);
        }
    }

    [Fact]
    public void A_listener_that_throws_costs_no_outcome_and_no_link()
    {
        var thrown = 0;
        using var listening = Listen(started: () => thrown++ % 2 == 0, stopped: () => thrown++ % 2 == 0);
        var link = StartConnected();
        var sender = CreateProbe();
        for (var n = 1; n <= 4; n++)
        {
            Tell(Message($"{n}") with { WantsOutcome = true }, sender);
            Assert.Equal(n, sender.ExpectMsg<Ack>().Sequence);
        }

        Assert.Null(Activity.Current);
        Serve(link);

        Assert.Equal([1L, 2, 3, 4], sender.TakeAll().Cast<Delivered>().Select(outcome => outcome.Sequence));
        Assert.Equal(1, Links.Count);
        Assert.InRange(thrown, 2, int.MaxValue);
    }

    [Fact]
    public void A_rejected_message_of_a_batch_has_a_span_and_those_behind_it_have_none()
    {
        using var tracing = Trace();
        StartPublisher();
        var sender = CreateProbe();
        Tell(new PublishBatch([Message("1"), Message("2", "bad subject"), Message("3")]), sender);
        Assert.Equal(1, sender.ExpectMsg<BatchReply>().Accepted);
        Assert.Equal(["rejected bad-subject"], Spans.Select(Ending));
    }

    [Fact]
    public void Without_a_listener_no_header_is_added()
    {
        var link = StartConnected();
        using var current = new Activity("not listened to").Start();
        Accept("1");
        Serve(link);
        Assert.Equal("", link.Frames.Single().Headers);
    }

    [Fact]
    public void A_headers_list_that_throws_ends_its_span_as_rejected()
    {
        using var tracing = Trace();
        StartPublisher();
        Assert.Equal(RejectReason.InternalError, Ask<Rejected>(Message("1") with { Headers = new ThrowingHeaders() }).Reason);
        Assert.Equal(["rejected internal-error"], Spans.Select(Ending));
    }

    private IReadOnlyList<Activity> Spans => [.. _spans.Where(span => span.Source.Name == PublisherTraces.SourceName)];

    private static string Ending(Activity span) => $"{span.GetTagItem("natsactors.outcome")} {span.GetTagItem("error.type")}";

    private static ActivityListener Listen(Func<bool> started, Func<bool> stopped)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PublisherTraces.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _ => Throw(started()),
            ActivityStopped = _ => Throw(stopped()),
        };
        ActivitySource.AddActivityListener(listener);
        return listener;

        static void Throw(bool now)
        {
            if (now)
            {
                throw new InvalidOperationException("a listener that fails");
            }
        }
    }

    private TracerProvider Trace() => Sdk.CreateTracerProviderBuilder()
        .AddSource(PublisherTraces.SourceName, Sender).AddInMemoryExporter(_spans).Build();
}
