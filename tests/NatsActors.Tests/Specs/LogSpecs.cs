using NatsActors.Links;
using NatsActors.Tests.Outages;

namespace NatsActors.Specs;

/// <summary>What stands in a publisher's log over the course of an outage, an overflow, and episodes that repeat.</summary>
public class LogSpecs : ActorSpec
{
    private readonly LineLog _log = new();
    private Probe? _refused;

    /// <summary>Level, event id and text, without the fields.</summary>
    private IReadOnlyList<string> Lines => [.. _log.All.Select(line => line.Split(" [[")[0])];

    [Fact]
    public void An_outage_has_a_line_at_its_begin_once_a_minute_and_at_its_end()
    {
        StartLogged(With(b => b with { MaxMessages = 8 }));
        Link.Up();
        Settle();
        Accept("1", "2");
        Link.Lose(LinkLossKind.Closed, "the connection was reset");
        Settle();
        Fail(TimeSpan.FromMinutes(2.5));
        Link.Up();
        Settle();

        Assert.Equal(5, Lines.Count);
        Assert.Contains("connected to ", Lines[0], StringComparison.Ordinal);
        Assert.Matches("^Warning.*: no link to .* \\(Closed\\): the connection was reset$", Lines[1]);
        Assert.Matches(
            "^Warning.*: still no link after 00:01:00; [0-9]+ attempts, the last: .*: refused by nobody; the buffer is 25 % full with 2 messages, the oldest 00:01:00 old; 0 messages were refused, 0 dropped$",
            Lines[2]);
        Assert.Contains("still no link after 00:02:00", Lines[3], StringComparison.Ordinal);
        Assert.Matches("^Information.*: reconnected to .* after 00:02:.*; 2 messages .* were kept$", Lines[4]);
    }

    [Fact]
    public void Links_that_come_and_go_make_a_summary_every_10_s_at_most()
    {
        StartLogged();
        Link.Up();
        Settle();
        const int losses = 40;
        for (var n = 0; n < losses; n++)
        {
            Link.Lose();
            Settle();
            Redial();
            Link.Up();
            Settle();
            Advance(TimeSpan.FromMilliseconds(500));
        }

        Advance(TimeSpan.FromMinutes(5));

        var down = Lines.Count(line => line.Contains(": no link to", StringComparison.Ordinal));
        var summaries = Lines.Where(line => line.Contains("the link was lost", StringComparison.Ordinal)).ToList();
        Assert.Equal(1, down);
        Assert.Matches(": the link was lost [0-9]+ times in the last 10 s; the last cause: the connection was reset; now ", summaries[0]);
        Assert.Equal(losses - down, summaries.Sum(line => int.Parse(line.Split("lost ")[1].Split(' ')[0], null)));
        Assert.InRange(Lines.Count, 4, 16);
        Assert.Matches("now there is a link$|reconnected to", Lines[^1]);
    }

    [Fact]
    public void An_overflow_that_comes_and_goes_floods_no_log_and_is_no_error()
    {
        StartLogged(With(b => b with { MaxMessages = 2 }));
        Link.Up();
        Settle();
        for (var n = 0; n < 300; n++)
        {
            Accept("1", "2");
            Refuse("3");
            Serve(Link);
            Advance(TimeSpan.FromMilliseconds(10));
        }

        Advance(TimeSpan.FromMinutes(5));

        Assert.InRange(Lines.Count, 4, 10);
        Assert.DoesNotContain(Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Contains(Lines, line => line.Contains(": the buffer is full (limit: Messages); policy: Reject", StringComparison.Ordinal));
        Assert.Contains(Lines, line => line.Contains("has room again; 1 messages were refused, 0 dropped", StringComparison.Ordinal));
        Assert.Contains(Lines, line =>
            line.Contains("the buffer was full 299 times more in the last 10 s; 299 messages were refused, 0 dropped; now it has room", StringComparison.Ordinal));
    }

    [Fact]
    public void A_buffer_that_stays_full_is_summed_up_less_and_less_often()
    {
        StartLogged(With(b => b with { MaxMessages = 2 }));
        Link.Up();
        Settle();
        Accept("1", "2");
        Refuse("3");
        Advance(TimeSpan.FromSeconds(10));
        Refuse("4");
        Advance(TimeSpan.FromMinutes(4));

        var summaries = Lines.Where(line => line.Contains("still full", StringComparison.Ordinal)).ToList();
        // After 10, 30, 70, 130, 190 and 250 s.
        Assert.Equal(6, summaries.Count);
        Assert.EndsWith("0 messages were refused, 0 dropped in the last 10 s", summaries[0], StringComparison.Ordinal);
        Assert.EndsWith("1 messages were refused, 0 dropped in the last 20 s", summaries[1], StringComparison.Ordinal);
    }

    [Fact]
    public void During_an_outage_the_line_about_the_outage_counts_what_was_refused()
    {
        StartLogged(With(b => b with { MaxMessages = 2 }));
        Link.Up();
        Settle();
        Link.Lose();
        Settle();
        Accept("1", "2");
        Refuse("3");
        Refuse("4");
        Fail(TimeSpan.FromSeconds(90));

        Assert.DoesNotContain(Lines, line => line.Contains("still full", StringComparison.Ordinal));
        Assert.Contains(Lines, line =>
            line.Contains("the buffer is 100 % full", StringComparison.Ordinal) && line.EndsWith("2 messages were refused, 0 dropped", StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_buffer_behind_links_that_come_and_go_has_its_summary()
    {
        StartLogged(With(b => b with { MaxMessages = 2 }) with { Delivery = new DeliverySettings { PoisonAfter = 100 } });
        Link.Up();
        Settle();
        Accept("1", "2");
        Refuse("3");
        for (var n = 0; n < 10; n++)
        {
            Link.Lose();
            Settle();
            Redial();
            Link.Up();
            Settle();
            Refuse("4");
            Advance(TimeSpan.FromSeconds(5));
        }

        var summaries = Lines.Where(line => line.Contains("still full", StringComparison.Ordinal)).ToList();
        Assert.InRange(summaries.Count, 2, 6);
        Assert.DoesNotContain(summaries, line => line.Contains("still full; 0 messages were refused", StringComparison.Ordinal));
    }

    [Fact]
    public void After_an_outage_a_summary_counts_from_the_link()
    {
        StartLogged(With(b => b with { MaxMessages = 2 }));
        Link.Up();
        Settle();
        Link.Lose();
        Settle();
        Accept("1", "2");
        Refuse("3");
        Fail(TimeSpan.FromMinutes(5));
        Link.Up();
        Settle();
        Refuse("4");
        Advance(TimeSpan.FromSeconds(15));

        Assert.EndsWith("still full; 1 messages were refused, 0 dropped in the last 10 s", Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_was_held_is_written_before_the_last_line()
    {
        StartLogged();
        Link.Up();
        Settle();
        Link.Lose();
        Settle();
        Redial();
        Link.Up();
        Settle();
        Link.Lose(LinkLossKind.Closed, "the second loss");
        Settle();
        Accept("1");
        Ask<Drained>(new Drain(TimeSpan.Zero));

        Assert.Matches("the link was lost 1 times in the last [0-9]+ s; the last cause: the second loss; now there is no link$", Lines[^2]);
    }

    [Fact]
    public void What_was_in_flight_at_the_end_or_dropped_is_counted_in_one_line()
    {
        StartLogged(With(b => b with { MaxMessages = 2, Overflow = OverflowPolicy.DropOldest }));
        Accept("1", "2", "3");
        Advance(TimeSpan.FromSeconds(2));
        Link.Up();
        Settle();
        Write(Link);
        Ask<Drained>(new Drain(TimeSpan.Zero));

        Assert.DoesNotContain(Lines, line => line.Contains("messages undelivered", StringComparison.Ordinal));
        Assert.Contains("2 messages not sent (2 of them may have arrived)", Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_login_that_is_refused_again_and_again_stays_an_error_with_its_cause()
    {
        StartLogged();
        for (var n = 0; n < 3; n++)
        {
            Link.Lose(LinkLossKind.Authorization, "Authorization Violation");
            Settle();
            Redial();
            Link.Up();
            Settle();
            Link.Lose();
            Settle();
            Redial();
        }

        Advance(TimeSpan.FromMinutes(2));
        Assert.Contains(Lines, line =>
            line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("AuthenticationFailed ", StringComparison.Ordinal)
            && line.EndsWith("Authorization Violation", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(LinkLossKind.Authorization, "the credentials do not log in at")]
    [InlineData(LinkLossKind.Tls, "no TLS with")]
    public void A_refused_login_makes_one_line(LinkLossKind kind, string text)
    {
        StartLogged();
        Link.Lose(kind, "Authorization Violation");
        Settle();

        var line = Assert.Single(Lines);
        Assert.StartsWith("Error", line, StringComparison.Ordinal);
        Assert.Contains($": no link: {text} ", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Undelivered_messages_are_counted_over_a_pause_and_what_a_command_ended_is_no_error()
    {
        StartLogged();
        for (var n = 0; n < 5; n++)
        {
            Accept("1", "2");
            Ask<Purged>(new Purge());
            Advance(TimeSpan.FromSeconds(1.5));
        }

        Advance(TimeSpan.FromSeconds(20));
        var lines = Lines.Where(line => line.Contains("undelivered (Purged)", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, line => Assert.StartsWith("Warning", line, StringComparison.Ordinal));
        Assert.Contains(": 2 messages undelivered", lines[0], StringComparison.Ordinal);
        Assert.Contains(": 8 messages undelivered", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_held_is_written_before_the_last_line()
    {
        StartLogged(With(b => b with { MaxMessages = 1 }));
        for (var n = 0; n < 3; n++)
        {
            Accept("1");
            Refuse("2");
            Ask<Purged>(new Purge());
        }

        Accept("left");
        Ask<Drained>(new Drain(TimeSpan.Zero));

        Assert.Contains(Lines, line => line.Contains("was full 2 times more", StringComparison.Ordinal));
        Assert.Contains("closed; the drain ended with 1 messages not sent: 1 to s; accepted 4", Lines[^1], StringComparison.Ordinal);
        Assert.StartsWith("Warning", Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_logger_that_throws_does_no_harm()
    {
        StartPublisher(logger: new Throwing());
        Link.Up();
        Settle();
        Accept("1");
        Serve(Link);
        Assert.Equal((ConnectionState.Connected, 1), (Status().State, Status().Totals.Delivered));
    }

    private void Refuse(string payload)
    {
        _refused ??= CreateProbe();
        _refused.TakeAll();
        Tell(Message(payload), _refused);
        _refused.ExpectMsg<BufferFull>();
    }

    private void StartLogged(PublisherSettings? settings = null) => StartPublisher(settings, logger: _log);

    /// <summary>Every attempt of that time fails.</summary>
    private void Fail(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(100))
        {
            Advance(TimeSpan.FromMilliseconds(100));
            if (!Link.Closed && Status().State == ConnectionState.Connecting)
            {
                Link.Lose(LinkLossKind.Unreachable, "refused by nobody");
                Settle();
            }
        }

        Redial();
    }

    private void Redial()
    {
        while (Status().State != ConnectionState.Connecting)
        {
            Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    private sealed class Throwing : Microsoft.Extensions.Logging.ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => throw new InvalidOperationException("a log that is full");
    }
}
