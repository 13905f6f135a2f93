using System.Text;
using NatsActors.Fuzz;
using NatsActors.Protocol;
using Xunit.Abstractions;

namespace NatsActors.Tests.Protocol;

/// <summary>The short form of the fuzzer, other inputs each time; a failure prints how to repeat it. Alone, since memory is measured.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_minute_of_any_bytes_breaks_no_promise()
    {
        var hung = new TaskCompletionSource<FuzzFailure>();
        var options = new FuzzOptions { Seed = Random.Shared.Next(), Time = Length };
        using var run = new FuzzRun(options, failure => hung.TrySetResult(failure));
        var running = Task.Run(() => run.Run());

        await Task.WhenAny(running, hung.Task);

        Assert.False(hung.Task.IsCompleted, hung.Task.IsCompleted ? $"{await hung.Task}" : "");
        var report = await running;
        output.WriteLine($"{report}");
        Assert.True(report.Failure is null, $"{report.Failure}");
        Assert.True(report.Inputs > 1000, $"{report.Inputs} inputs are too few to say anything.");
        Assert.True(report.Distinct > 100, $"{report.Distinct} results: the inputs are all alike.");
        Assert.True(report.ManagedGrowth < 8 * 1024 * 1024, $"{report.ManagedGrowth} bytes stayed.");
    }

    /// <summary>Inputs that broke a promise once.</summary>
    [Theory]
    [InlineData("MSG _I.a.1 1 40\r\n{\"error\":{\"description\":\"a\\u0000\\r\\n\\u001b[1m\"}}\r\n")]
    [InlineData("INFO {\"max_payload\":0}\r\n")]
    [InlineData("INFO {\"max_payload\":-9223372036854775808}\r\n")]
    public void What_broke_a_promise_once_breaks_none(string input) => FuzzCase.Check(Encoding.Latin1.GetBytes(input));

    [Fact]
    public void A_violation_is_the_last_thing_that_the_buffer_grows_for()
    {
        var reader = new NatsActors.Protocol.ProtocolReader(new NatsActors.Protocol.ReaderLimits());
        for (var i = 0; i < 1000; i++)
        {
            var space = reader.Space();
            space.Span.Fill((byte)'x');
            reader.Received(space.Length);
            Assert.Equal(NatsActors.Protocol.ServerOp.Violation, reader.TryRead(out var message) ? message.Op : default);
        }

        Assert.Equal(NatsActors.Protocol.ProtocolReader.StartSize, reader.Capacity);
    }

    [Fact]
    public void A_seed_makes_the_same_inputs_again_and_another_seed_makes_others()
    {
        Assert.Equal(Inputs(7), Inputs(7));
        Assert.NotEqual(Inputs(7), Inputs(8));

        static List<string> Inputs(int seed)
        {
            var maker = new InputMaker();
            return [.. Enumerable.Range(0, 200).Select(number => Convert.ToHexString(maker.Make(Dice.For(seed, number))))];
        }
    }
}
