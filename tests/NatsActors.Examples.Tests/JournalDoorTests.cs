using System.Text;
using NatsActors.Pipe;

namespace NatsActors.Examples.Tests;

/// <summary>The batches of a pipe with a journal, against a publisher that answers by a list.</summary>
public sealed class JournalDoorTests : IDisposable
{
    private readonly LineCounts _counts = new();
    private readonly List<string> _warnings = [];
    private readonly ScriptedPublisher _publisher = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("nats-pipe").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_rest_of_a_batch_is_offered_again_until_it_is_accepted_and_keeps_its_place()
    {
        _publisher.Answer(1, Full);
        _publisher.Answer(0, Full);

        Assert.Equal(PumpEnd.InputEnded, await RunAsync("one\ntwo\nthree\n"));

        Assert.Equal(["one", "two", "three"], _publisher.Accepted);
        Assert.Equal((3, 3, 0), (_counts.Read, _counts.Accepted, _counts.Refused));
    }

    [Fact]
    public async Task A_failed_journal_is_waited_for()
    {
        _publisher.Answer(2, new Rejected(RejectReason.NotDurable, "the disk is full"));

        await RunAsync("one\ntwo\nthree\n");

        Assert.Equal(["one", "two", "three"], _publisher.Accepted);
    }

    [Fact]
    public async Task A_line_that_is_rejected_for_good_is_counted_and_those_behind_it_go_on()
    {
        _publisher.Answer(1, new Rejected(RejectReason.TooLargeForServer, "9 bytes are above max_payload 8"));

        await RunAsync("one\ntwo\nthree\n");

        Assert.Equal(["one", "three"], _publisher.Accepted);
        Assert.Equal((3, 2, 1), (_counts.Read, _counts.Accepted, _counts.Refused));
        Assert.Equal(["a line was rejected: 9 bytes are above max_payload 8"], _warnings);
    }

    [Fact]
    public async Task At_the_publishers_end_lines_without_an_answer_are_refused()
    {
        _publisher.Answer(1, new Rejected(RejectReason.Draining, "drains"));

        Assert.Equal(PumpEnd.PublisherClosed, await RunAsync("one\ntwo\nthree\n"));

        Assert.Equal((3, 1, 2), (_counts.Read, _counts.Accepted, _counts.Refused));
    }

    [Fact]
    public async Task With_a_checkpoint_the_next_process_goes_on_behind_the_last_accepted_line()
    {
        _publisher.Answer(1, new Rejected(RejectReason.TooLargeForServer, "too large"));
        _publisher.Answer(1, new Rejected(RejectReason.Draining, "drains"));
        using (var checkpoint = Checkpoint.Open(CheckpointFile))
        {
            await RunAsync("one\ntwo\nthree\nfour\nfive\n", checkpoint, "run");
            Assert.Equal((3, 2, 1), (_counts.Read, _counts.Accepted, _counts.Refused));
        }

        using var next = Checkpoint.Open(CheckpointFile);
        Assert.Equal(3, next.AtStart);
        await RunAsync("one\ntwo\nthree\nfour\nfive\n", next, "run");

        Assert.Equal(["one", "three", "four", "five"], _publisher.Accepted);
        Assert.Equal(["run-1", "run-3", "run-4", "run-5"], _publisher.Ids);
        Assert.Equal(3, _counts.Skipped);
        Assert.Equal(5, next.Lines);
    }

    [Fact]
    public async Task Every_line_is_answered_before_the_batch_behind_it_is_offered()
    {
        // More than one batch. The publisher refuses the second half of each offer once.
        var lines = Enumerable.Range(0, 20_000).Select(number => $"{number}").ToList();
        _publisher.RefusesHalf = true;

        await RunAsync(string.Join('\n', lines));

        Assert.Equal(lines, _publisher.Accepted);
        Assert.Equal(1, _publisher.MostAtOnce);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_refused_behind_those_before_it()
    {
        using var checkpoint = Checkpoint.Open(CheckpointFile);

        await RunAsync("one\nlonger than eight\nthree\n", checkpoint, maxLineBytes: 8);

        Assert.Equal(["one", "three"], _publisher.Accepted);
        Assert.Equal((2, 1, 3L), (_counts.Accepted, _counts.Refused, checkpoint.Lines));
    }

    [Theory]
    [InlineData("no number")]
    [InlineData("-5")]
    [InlineData("00000000000000000000000000000000000000000000000000000000000000000000005")]
    public void A_file_that_is_no_checkpoint_is_an_error_and_stays_as_it_is(string text)
    {
        File.WriteAllText(CheckpointFile, text);

        Assert.Contains("has no number of lines", Assert.Throws<UsageException>(() => Checkpoint.Open(CheckpointFile)).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(CheckpointFile));
    }

    private static BufferFull Full => new() { Limit = BufferLimit.Messages, Messages = 1, Bytes = 1, MaxMessages = 1, MaxBytes = 1 };

    private string CheckpointFile => Path.Combine(_folder, "lines");

    private Task<PumpEnd> RunAsync(string text, Checkpoint? checkpoint = null, string? idPrefix = null, int maxLineBytes = 100)
    {
        var door = new JournalDoor(_publisher.PublishAsync, "lines", _counts, new Warnings(_warnings.Add), TimeProvider.System)
        {
            WaitsForRoom = true,
            Checkpoint = checkpoint,
            IdPrefix = idPrefix,
        };
        return new LinePump(new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(text)), maxLineBytes), door, _counts)
        {
            InputIsPipe = false,
            Skip = checkpoint?.AtStart ?? 0,
        }.RunAsync(CancellationToken.None);
    }

    /// <summary>Answers batches by a list, and accepts whole batches when the list is empty.</summary>
    private sealed class ScriptedPublisher
    {
        private readonly Queue<(int Accepted, PublishReply Refusal)> _answers = new();
        private int _atOnce;

        public List<string> Accepted { get; } = [];

        public List<string?> Ids { get; } = [];

        public bool RefusesHalf { get; set; }

        public int MostAtOnce { get; private set; }

        public void Answer(int accepted, PublishReply refusal) => _answers.Enqueue((accepted, refusal));

        public async Task<BatchReply> PublishAsync(IReadOnlyList<Publish> lines)
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));
            await Task.Yield();
            var (accepted, refusal) = _answers.TryDequeue(out var answer) ? answer
                : RefusesHalf && lines.Count > 1 ? (lines.Count / 2, Full)
                : (lines.Count, (PublishReply?)null);
            foreach (var line in lines.Take(accepted))
            {
                Accepted.Add(Encoding.UTF8.GetString(line.Payload.Span));
                Ids.Add(line.Id);
            }

            Interlocked.Decrement(ref _atOnce);
            return new BatchReply(accepted, 0, refusal);
        }
    }
}
