using System.Text;
using NatsActors.Pipe;

namespace NatsActors.Examples.Tests;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("\n", new[] { "" })]
    [InlineData("one\ntwo\n", new[] { "one", "two" })]
    [InlineData("one\r\ntwo", new[] { "one", "two" })]
    [InlineData("one\n\n\r\nlast\r", new[] { "one", "", "", "last" })]
    [InlineData("a\rb\n", new[] { "a\rb" })]
    public async Task Lines_are_split_at_every_position_of_a_read(string text, string[] expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at <= bytes.Length; at++)
        {
            Assert.Equal(expected, await ReadAllAsync(new LineReader(new Chunks(bytes[..at], bytes[at..]), bufferBytes: 4)));
        }
    }

    [Fact]
    public async Task A_line_above_the_limit_is_reported_and_the_next_one_is_whole()
    {
        var text = $"short\n{new string('x', 16)}\n{new string('y', 17)}\n{new string('z', 500)}\r\nnext\n{new string('w', 40)}";

        var lines = await ReadAllAsync(new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(text)), maxLineBytes: 16, bufferBytes: 8));

        Assert.Equal(["short", new string('x', 16), "(too long)", "(too long)", "next", "(too long)"], lines);
    }

    [Fact]
    public async Task A_read_that_never_ends_can_be_left()
    {
        using var stop = new CancellationTokenSource();
        var reading = new LineReader(new Silence()).ReadMoreAsync(stop.Token).AsTask();
        Assert.False(reading.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static async Task<List<string>> ReadAllAsync(LineReader reader)
    {
        var lines = new List<string>();
        do
        {
            while (reader.TryTake(out var line, out var tooLong))
            {
                lines.Add(tooLong ? "(too long)" : Encoding.UTF8.GetString(line.Span));
            }
        }
        while (await reader.ReadMoreAsync(CancellationToken.None));
        return lines;
    }

    /// <summary>Gives each chunk as reads of its own.</summary>
    private sealed class Chunks(params byte[][] chunks) : MemoryStream
    {
        private readonly Queue<byte[]> _left = new(chunks.Where(chunk => chunk.Length > 0));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_left.TryDequeue(out var chunk))
            {
                return ValueTask.FromResult(0);
            }

            var length = Math.Min(chunk.Length, buffer.Length);
            chunk.AsSpan(0, length).CopyTo(buffer.Span);
            if (length < chunk.Length)
            {
                var rest = _left.ToArray();
                _left.Clear();
                foreach (var next in (byte[][])[chunk[length..], .. rest])
                {
                    _left.Enqueue(next);
                }
            }

            return ValueTask.FromResult(length);
        }
    }

    /// <summary>Like a terminal at which nobody types: a read that no token ends.</summary>
    private sealed class Silence : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource<int>().Task);
    }
}
