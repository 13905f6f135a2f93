using System.Text;
using NatsActors.Pipe;

namespace NatsActors.Examples.Tests;

public sealed class LinePumpTests
{
    private readonly LineCounts _counts = new();
    private readonly List<string> _warnings = [];

    [Fact]
    public async Task A_line_that_waited_in_vain_is_offered_again_and_keeps_its_place()
    {
        var sink = new ScriptedSink(Full(BufferLimit.Messages), Full(BufferLimit.WaitTimeout), Full(BufferLimit.Waiters), null);

        var end = await Pump("one\ntwo\nthree\n", sink, waitsForRoom: true).RunAsync(CancellationToken.None);

        Assert.Equal(PumpEnd.InputEnded, end);
        Assert.Equal(["one", "two", "three"], sink.Accepted);
        Assert.Equal((3, 0), (_counts.Read, _counts.Refused));
    }

    [Fact]
    public async Task A_line_is_refused_for_good_when_the_policy_is_not_to_wait()
    {
        var sink = new ScriptedSink(null, Full(BufferLimit.Bytes), null);

        await Pump("one\ntwo\nthree\n", sink, waitsForRoom: false).RunAsync(CancellationToken.None);

        Assert.Equal(["one", "three"], sink.Accepted);
        Assert.Equal((3, 1), (_counts.Read, _counts.Refused));
    }

    [Fact]
    public async Task A_rejected_line_is_counted_and_said_once()
    {
        var tooLarge = new Rejected(RejectReason.TooLargeForServer, "9 bytes are above max_payload 8");
        var sink = new ScriptedSink(tooLarge, tooLarge, null);

        await Pump("one\ntwo\nthree", sink, waitsForRoom: true).RunAsync(CancellationToken.None);

        Assert.Equal((3, 2), (_counts.Read, _counts.Refused));
        Assert.Equal(["a line was rejected: 9 bytes are above max_payload 8"], _warnings);
    }

    [Theory]
    [InlineData(true, 4, 3)]
    [InlineData(false, 2, 1)]
    public async Task What_was_read_ahead_of_the_end_is_in_the_account_of_a_pipe_and_still_in_a_file(bool isPipe, int read, int refused)
    {
        var sink = new ScriptedSink(null, new Rejected(RejectReason.Closed, "closed"));

        var end = await Pump("one\ntwo\nthree\nfour\n", sink, waitsForRoom: true, isPipe).RunAsync(CancellationToken.None);

        Assert.Equal(PumpEnd.PublisherClosed, end);
        Assert.Equal((read, refused), (_counts.Read, _counts.Refused));
    }

    private LinePump Pump(string text, ILineSink sink, bool waitsForRoom, bool isPipe = true) =>
        new(
            new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(text))),
            new DirectDoor(sink, _counts, new Warnings(_warnings.Add)) { WaitsForRoom = waitsForRoom }, _counts)
        {
            InputIsPipe = isPipe,
        };

    private static BufferFull Full(BufferLimit limit) =>
        new() { Limit = limit, Messages = 1, Bytes = 1, MaxMessages = 1, MaxBytes = 1 };

    /// <summary>Answers by a list, at whichever door; null and the time after the list accept.</summary>
    private sealed class ScriptedSink(params PublishReply?[] answers) : ILineSink
    {
        private readonly Queue<PublishReply?> _answers = new(answers);

        public List<string> Accepted { get; } = [];

        public bool TryPublish(ReadOnlySpan<byte> line, out PublishReply? refusal)
        {
            if (_answers.TryDequeue(out refusal) && refusal is not null)
            {
                return false;
            }

            Accepted.Add(Encoding.UTF8.GetString(line));
            return true;
        }

        public ValueTask<PublishReply> PublishAsync(ReadOnlyMemory<byte> line) =>
            ValueTask.FromResult(TryPublish(line.Span, out var refusal) ? new Ack(Accepted.Count) : refusal!);
    }
}
