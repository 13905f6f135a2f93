using System.CommandLine;
using NatsActors.Fuzz;

var inputs = new Option<long?>("--inputs") { Description = "How many inputs; default: 100,000, or without end when --seconds is given." };
var seed = new Option<int>("--seed") { Description = "Decides all inputs.", DefaultValueFactory = _ => 1 };
var seconds = new Option<double?>("--seconds") { Description = "Ends after this time." };
var from = new Option<long>("--from") { Description = "The number of the first input." };
var replay = new Option<string?>("--replay") { Description = "Instead: one input, as hexadecimal digits." };
var root = new RootCommand("Gives the wire parser what no server would send, and checks what it promises.")
{
    inputs, seed, seconds, from, replay,
};
root.SetAction(arguments =>
{
    if (arguments.GetValue(replay) is { } hex)
    {
        Console.WriteLine(FuzzCase.Check(Convert.FromHexString(hex)));
        return 0;
    }

    var limit = arguments.GetValue(seconds);
    var options = new FuzzOptions
    {
        Inputs = arguments.GetValue(inputs) ?? (limit is null ? 100_000 : long.MaxValue),
        Seed = arguments.GetValue(seed),
        Time = limit is { } s ? TimeSpan.FromSeconds(s) : TimeSpan.MaxValue,
        From = arguments.GetValue(from),
    };
    using var run = new FuzzRun(options, failure =>
    {
        Console.Error.WriteLine(failure);
        Environment.Exit(2);
    });
    var report = run.Run();
    Console.WriteLine(report);
    return report.Failure is null ? 0 : 1;
});
return root.Parse(args).Invoke();
