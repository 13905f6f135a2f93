using System.Diagnostics;
using System.Globalization;

namespace NatsActors.Fuzz;

/// <summary>How long to run: so many inputs, or so many seconds, whichever ends first.</summary>
internal sealed record FuzzOptions
{
    public long Inputs { get; init; } = long.MaxValue;
    public int Seed { get; init; } = 1;
    public TimeSpan Time { get; init; } = TimeSpan.MaxValue;

    /// <summary>The number of the first input; a failure names its own.</summary>
    public long From { get; init; }

    /// <summary>An input that takes longer hangs.</summary>
    public TimeSpan LongestInput { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>An input that broke a promise.</summary>
internal sealed record FuzzFailure(int Seed, long Number, byte[] Input, string What)
{
    public override string ToString() =>
        $"BROKEN: {What}\n  seed {Seed}, input {Number}, {Input.Length} bytes; again: --replay {Convert.ToHexString(Input)}";
}

/// <summary>The figures of a run.</summary>
internal sealed record FuzzReport
{
    public required int Seed { get; init; }
    public required long Inputs { get; init; }
    public required long Bytes { get; init; }
    public required long Operations { get; init; }
    public required long Violations { get; init; }
    public required long Distinct { get; init; }
    public required TimeSpan Took { get; init; }
    public required TimeSpan Slowest { get; init; }

    /// <summary>The number of that input; alone again with <c>--from</c>.</summary>
    public required long SlowestNumber { get; init; }
    public required long ManagedGrowth { get; init; }
    public required long PeakMemory { get; init; }
    public FuzzFailure? Failure { get; init; }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        inputs             {Inputs:N0} (seed {Seed})
        rate               {Inputs / Math.Max(0.001, Took.TotalSeconds):N0} a second, {Took.TotalSeconds:N1} s
        bytes              {Bytes:N0}
        operations         {Operations:N0}
        violations         {Violations:N0}
        distinct results   about {Distinct:N0}
        slowest input      {Slowest.TotalMilliseconds:N1} ms (input {SlowestNumber})
        managed growth     {ManagedGrowth / 1024d / 1024:N1} MiB after a full collection
        peak memory        {PeakMemory / 1024d / 1024:N0} MiB
        broken promises    {(Failure is null ? "none" : $"1\n{Failure}")}
        """);
}

/// <summary>Runs the inputs of a seed, one after another, and stops at the first that breaks a promise.</summary>
internal sealed class FuzzRun : IDisposable
{
    private const int WarmUp = 20_000;
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly FuzzOptions _options;
    private readonly Action<FuzzFailure> _hung;
    private readonly ITimer _watch;
    private readonly DistinctCount _distinct = new();
    private volatile byte[] _input = [];
    private long _number;
    private long _began;

    /// <param name="options">How long.</param>
    /// <param name="hung">Called from another thread when an input does not come to its end; the run cannot go on.</param>
    public FuzzRun(FuzzOptions options, Action<FuzzFailure> hung)
    {
        _options = options;
        _hung = hung;
        _began = TimeProvider.System.GetTimestamp();
        _watch = TimeProvider.System.CreateTimer(static run => ((FuzzRun)run!).Look(), this, LookInterval, LookInterval);
    }

    public FuzzReport Run(Action<long>? progress = null)
    {
        var maker = new InputMaker();
        var started = TimeProvider.System.GetTimestamp();
        long operations = 0, violations = 0, bytes = 0, memory = 0, slowestNumber = _options.From;
        var slowest = TimeSpan.Zero;
        FuzzFailure? failure = null;
        var end = _options.Inputs > long.MaxValue - _options.From ? long.MaxValue : _options.From + _options.Inputs;
        for (_number = _options.From; _number < end && failure is null && TimeProvider.System.GetElapsedTime(started) < _options.Time; _number++)
        {
            if (_number == _options.From + WarmUp)
            {
                memory = GC.GetTotalMemory(forceFullCollection: true);
            }

            _input = maker.Make(Dice.For(_options.Seed, _number));
            var began = TimeProvider.System.GetTimestamp();
            Volatile.Write(ref _began, began);
            try
            {
                var result = FuzzCase.Check(_input);
                operations += result.Count;
                violations += result.Violation is null ? 0 : 1;
                _distinct.Add(result.Kinds);
            }
            catch (Exception error)
            {
                failure = Failed(error is BrokenPromiseException ? error.Message : error.ToString());
            }

            var took = TimeProvider.System.GetElapsedTime(began);
            (slowest, slowestNumber) = took > slowest ? (took, _number) : (slowest, slowestNumber);
            bytes += _input.Length;
            progress?.Invoke(_number + 1 - _options.From);
        }

        var inputs = _number - _options.From;
        return new FuzzReport
        {
            Seed = _options.Seed, Inputs = inputs, Bytes = bytes, Operations = operations, Violations = violations,
            Distinct = _distinct.Estimate, Took = TimeProvider.System.GetElapsedTime(started), Slowest = slowest, SlowestNumber = slowestNumber,
            ManagedGrowth = inputs > WarmUp ? GC.GetTotalMemory(forceFullCollection: true) - memory : 0,
            PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
            Failure = failure,
        };
    }

    public void Dispose() => _watch.Dispose();

    private FuzzFailure Failed(string what) => new(_options.Seed, Volatile.Read(ref _number), _input, what);

    private void Look()
    {
        if (TimeProvider.System.GetElapsedTime(Volatile.Read(ref _began)) > _options.LongestInput)
        {
            _hung(Failed($"the input did not end within {_options.LongestInput}"));
        }
    }
}
