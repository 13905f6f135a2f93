using System.CommandLine;
using NatsActors.Benchmarks.Gateway;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>gateway</c>: batches through a gateway on another node, beside the same batches of a local publisher.</summary>
internal static class GatewayMode
{
    /// <summary>The command.</summary>
    public static Command Create(TextWriter output)
    {
        var senders = ModeOptions.Several("--senders", "Nodes that publish side by side.", 1, 2, 3);
        var sizes = ModeOptions.Several("--sizes", "Payload bytes.", 128);
        var messages = new Option<int?>("--messages")
        {
            Description = $"Messages of a round. The default is {Load.DefaultMegabytes} MB on the wire, at most {Load.MostMessages:N0} messages.",
        };
        var frame = ModeOptions.Count("--frame", "akka.remote.dot-netty.tcp.maximum-frame-size of every node, in bytes.", 128_000);
        var hocon = new Option<string>("--hocon") { Description = "HOCON that goes before that of every node.", DefaultValueFactory = _ => "" };
        var window = ModeOptions.Count("--window", "Messages that a producer actor may have unanswered.", Turn.DefaultWindow);
        var rounds = ModeOptions.Rounds(5);
        var json = ModeOptions.Json();
        ModeOptions.Require(senders, values => values.Length > 0 && values.All(value => value is > 0 and <= 100), "--senders: 1 to 100");
        ModeOptions.Require(sizes, values => values.All(size => size is >= 0 and <= 1024 * 1024), "a size lies between 0 and 1,048,576");
        ModeOptions.Require(messages, count => count is null or > 0, "--messages must be positive");
        var command = new Command("gateway", "Measures batches that reach a server through a gateway on another node of a cluster.")
        {
            senders, sizes, messages, frame, hocon, window, rounds, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var limit = arguments.GetValue(window);
            GatewayNodes? nodes = null;
            GatewayNodes Nodes(Stage stage) => nodes ??= new GatewayNodes(
                stage.Url, $"akka.remote.dot-netty.tcp.maximum-frame-size = {arguments.GetValue(frame)}b\n{arguments.GetValue(hocon)}");
            try
            {
                var results = await BenchmarkRun.RunAsync(new RunPlan
                {
                    Ways =
                    [
                        new("local", $"`PublishBatch` of {AllWays.BatchSize} to a local publisher", stage => new ActorWay(stage, 1, AllWays.BatchSize)) { Yardstick = "local" },
                        .. arguments.GetValue(senders)!.Distinct().Order().Select(count => GatewayWay.Kind(Nodes, count, limit)),
                    ],
                    Loads = [.. arguments.GetValue(sizes)!.Distinct().Select(size => Load.Of(size, arguments.GetValue(messages)))],
                    Rounds = arguments.GetValue(rounds),
                    Window = limit,
                });
                await new Report("gateway", [.. ResultTables.Of(results, details: true)]).WriteAsync(output, arguments.GetValue(json));
                return 0;
            }
            finally
            {
                if (nodes is not null)
                {
                    await nodes.DisposeAsync();
                }
            }
        });
        return command;
    }
}
