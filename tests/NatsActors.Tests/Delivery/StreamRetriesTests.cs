using NatsActors.Delivery;
using NatsActors.Protocol;

namespace NatsActors.Tests.Delivery;

/// <summary>What is tried again, how often, with which waits, and what is given up at once.</summary>
public sealed class StreamRetriesTests
{
    private static readonly JetStreamSettings Settings = new()
    {
        RetryAttempts = 3, RetryMin = TimeSpan.FromMilliseconds(100), RetryMax = TimeSpan.FromMilliseconds(300),
    };

    private readonly StreamRetries _retries = new(Settings);

    [Theory]
    [InlineData(400, 10060)]
    [InlineData(404, 10059)]
    [InlineData(500, 0)]
    [InlineData(503, 10077)]
    public void What_cannot_pass_is_given_up_at_once(int code, int errorCode) =>
        Assert.Equal(StreamVerdict.GiveUp, _retries.Refused(new PubAck(1, null, 0, false, code, errorCode), 1, "s"));

    [Theory]
    [InlineData(0)]
    [InlineData(10008)]
    [InlineData(10063)]
    public void What_may_pass_is_tried_again_as_often_as_set_with_waits_that_double(int errorCode)
    {
        var refusal = new PubAck(1, null, 0, false, 503, errorCode);
        foreach (var wait in new[] { 100, 200, 300 })
        {
            Assert.Equal(StreamVerdict.Retry, _retries.Refused(refusal, 1, "s"));
            Assert.Equal(wait, _retries.Wait().TotalMilliseconds);
        }

        Assert.Equal(StreamVerdict.GiveUp, _retries.Refused(refusal, 1, "s"));
    }

    [Fact]
    public void A_subject_without_a_stream_is_not_waited_for_twice_until_one_stores_it()
    {
        GiveUp(1, "s");
        Assert.True(_retries.HasSubjectsWithoutStream);
        Assert.Equal(StreamVerdict.GiveUp, _retries.Refused(NoResponders(2), 2, "s"));
        Assert.Equal(StreamVerdict.Retry, _retries.Refused(NoResponders(2), 2, "other"));

        _retries.Stored("s");
        Assert.False(_retries.HasSubjectsWithoutStream);
        Assert.Equal(StreamVerdict.Retry, _retries.Refused(NoResponders(3), 3, "s"));
    }

    [Fact]
    public void A_stream_that_was_not_available_is_waited_for_again()
    {
        for (var i = 0; i < 4; i++)
        {
            _retries.Refused(new PubAck(1, null, 0, false, 503, 10008), 1, "s");
        }

        Assert.False(_retries.HasSubjectsWithoutStream);
        Assert.Equal(StreamVerdict.Retry, _retries.Refused(NoResponders(2), 2, "s"));
    }

    [Fact]
    public void Frames_behind_the_first_wait_for_it_and_use_no_attempts_up()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(StreamVerdict.Retry, _retries.Refused(NoResponders(2), 1, "s"));
        }

        Assert.Equal(100, _retries.Wait().TotalMilliseconds);
    }

    [Fact]
    public void Each_first_frame_has_its_own_attempts()
    {
        for (var first = 1; first <= 5; first++)
        {
            Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(StreamVerdict.Retry, _retries.Unanswered(first)));
        }

        Assert.Equal(StreamVerdict.GiveUp, _retries.Unanswered(5));
    }

    [Fact]
    public void Refusals_and_missing_answers_count_together()
    {
        _retries.Refused(NoResponders(1), 1, "s");
        _retries.Unanswered(1);
        _retries.Refused(NoResponders(1), 1, "s");
        Assert.Equal(StreamVerdict.GiveUp, _retries.Unanswered(1));
    }

    [Fact]
    public void A_new_first_frame_starts_with_the_shortest_wait()
    {
        for (var i = 0; i < 3; i++)
        {
            _retries.Unanswered(1);
        }

        Assert.Equal(300, _retries.Wait().TotalMilliseconds);
        Assert.Equal(StreamVerdict.Retry, _retries.Refused(NoResponders(3), 2, "s"));
        Assert.Equal(100, _retries.Wait().TotalMilliseconds);
    }

    [Fact]
    public void Without_attempts_the_first_refusal_is_the_end() =>
        Assert.Equal(StreamVerdict.GiveUp, new StreamRetries(Settings with { RetryAttempts = 0 }).Refused(NoResponders(1), 1, "s"));

    [Fact]
    public void A_great_number_of_attempts_keeps_the_longest_wait()
    {
        var retries = new StreamRetries(Settings with { RetryAttempts = int.MaxValue });
        for (var i = 0; i < 2_000; i++)
        {
            Assert.Equal(StreamVerdict.Retry, retries.Unanswered(1));
            Assert.InRange(retries.Wait().TotalMilliseconds, 100, 300);
        }
    }

    [Fact]
    public void Flow_control_is_waited_for_without_end_with_waits_that_double_to_the_longest()
    {
        var waits = new List<double>();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal(StreamVerdict.Retry, _retries.Refused(TooMany(1), 1, "s"));
            waits.Add(_retries.Wait().TotalMilliseconds);
        }

        Assert.Equal([100, 200, 300, 300], waits.Take(4));
        Assert.All(waits.Skip(2), wait => Assert.Equal(300, wait));
    }

    [Fact]
    public void Flow_control_ends_no_message_even_without_attempts()
    {
        var retries = new StreamRetries(Settings with { RetryAttempts = 0 });

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(StreamVerdict.Retry, retries.Refused(TooMany(1), 1, "s")));
    }

    [Fact]
    public void A_burst_of_dropped_frames_makes_one_wait()
    {
        for (var sequence = 51; sequence <= 4_500; sequence++)
        {
            Assert.Equal(StreamVerdict.Retry, _retries.Refused(TooMany(sequence), 1, "s"));
        }

        Assert.Equal(100, _retries.Wait().TotalMilliseconds);
    }

    [Fact]
    public void Flow_control_starts_with_the_shortest_wait_again_after_progress()
    {
        for (var i = 0; i < 5; i++)
        {
            _retries.Refused(TooMany(1), 1, "s");
        }

        Assert.Equal(300, _retries.Wait().TotalMilliseconds);
        _retries.Refused(TooMany(9), 2, "s");
        Assert.Equal(100, _retries.Wait().TotalMilliseconds);
    }

    [Fact]
    public void Flow_control_leaves_the_attempts_of_a_frame_to_refusals()
    {
        for (var i = 0; i < 3; i++)
        {
            _retries.Refused(TooMany(1), 1, "s");
            Assert.Equal(StreamVerdict.Retry, _retries.Refused(NoResponders(1), 1, "s"));
        }

        Assert.Equal(StreamVerdict.Retry, _retries.Refused(TooMany(1), 1, "s"));
        Assert.Equal(StreamVerdict.GiveUp, _retries.Refused(NoResponders(1), 1, "s"));
    }

    [Fact]
    public void Flow_control_is_heard_of_a_subject_that_had_no_stream()
    {
        GiveUp(1, "s");

        Assert.Equal(StreamVerdict.Retry, _retries.Refused(TooMany(2), 2, "s"));
    }

    [Theory]
    [InlineData(429, 0)]
    [InlineData(429, 10211)]
    [InlineData(400, 10167)]
    public void Only_a_streams_own_words_are_flow_control(int code, int errorCode) =>
        Assert.Equal(StreamVerdict.GiveUp, _retries.Refused(new PubAck(1, null, 0, false, code, errorCode), 1, "s"));

    [Fact]
    public void A_copy_of_the_message_that_is_in_process_is_waited_for_however_long_it_takes()
    {
        var inProcess = new PubAck(1, null, 0, false, 409, 10158);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(StreamVerdict.Retry, _retries.Refused(inProcess, 1, "s"));
        }

        Assert.Equal(Settings.RetryMax, _retries.Wait());
        Assert.Equal(StreamVerdict.GiveUp, _retries.Refused(inProcess with { ErrorCode = 10071 }, 1, "s"));
    }

    private static PubAck TooMany(long sequence) => new(sequence, null, 0, false, 429, 10167);

    private static PubAck NoResponders(long sequence) => new(sequence, null, 0, false, 503);

    private void GiveUp(long sequence, string subject)
    {
        for (var i = 0; i < 4; i++)
        {
            _retries.Refused(NoResponders(sequence), sequence, subject);
        }
    }
}
