using System.CommandLine;

namespace NatsActors.Cluster.Nodes;

/// <summary>The command line: <c>run</c>, and the nodes that it starts.</summary>
internal static class NodeCommand
{
    public static RootCommand Root() => new("Nodes of a cluster that are killed and cut off, and the account of every message.") { Run(), Node() };

    private static Command Run()
    {
        var kills = new Option<int>("--kills") { Description = "How many kills.", DefaultValueFactory = static _ => new ClusterOptions().Kills };
        var partitions = new Option<int>("--partitions")
        {
            Description = "How many partitions.", DefaultValueFactory = static _ => new ClusterOptions().Partitions,
        };
        var updates = new Option<int>("--updates")
        {
            Description = "How many restarts with the other version of the messages.", DefaultValueFactory = static _ => new ClusterOptions().Updates,
        };
        var seed = new Option<int>("--seed") { Description = "Decides all that is left to chance.", DefaultValueFactory = static _ => 1 };
        var mode = new Option<ClusterMode>("--mode") { Description = "gateway or sharded.", DefaultValueFactory = static _ => ClusterMode.Sharded };
        var plain = new Option<bool>("--plain") { Description = "Plain subjects and a subscriber in place of a stream." };
        var verbose = new Option<bool>("--verbose") { Description = "A line for each fault." };
        var command = new Command("run", "Starts nodes, kills and cuts them off, and accounts for every message.") { kills, partitions, updates, seed, mode, plain, verbose };
        command.SetAction(async (arguments, _) =>
        {
            var report = await ClusterRun.RunAsync(
                new ClusterOptions
                {
                    Mode = arguments.GetValue(mode), Kills = arguments.GetValue(kills), Partitions = arguments.GetValue(partitions),
                    Updates = arguments.GetValue(updates), Seed = arguments.GetValue(seed), Plain = arguments.GetValue(plain),
                },
                arguments.GetValue(verbose) ? Console.Error.WriteLine : null);
            Console.WriteLine(report);
            return report.Broken.Count == 0 ? 0 : 1;
        });
        return command;
    }

    private static Command Node()
    {
        var name = new Option<string>("--name") { Required = true };
        var life = new Option<int>("--life") { Required = true };
        var port = new Option<int>("--port") { Required = true };
        var seeds = new Option<string>("--seeds") { Required = true };
        var role = new Option<bool>("--has-role");
        var mode = new Option<ClusterMode>("--mode") { Required = true };
        var servers = new Option<string>("--servers") { Required = true };
        var folder = new Option<string>("--folder") { Required = true };
        var plain = new Option<bool>("--plain");
        var newer = new Option<bool>("--newer");
        var database = new Option<string>("--database") { DefaultValueFactory = static _ => "" };
        var command = new Command("node", "One node; started by a run.") { name, life, port, seeds, role, mode, servers, folder, database, plain, newer };
        command.Hidden = true;
        command.SetAction((arguments, _) => NodeRun.RunAsync(new NodeOptions
        {
            Name = arguments.GetValue(name)!, Life = arguments.GetValue(life), Port = arguments.GetValue(port), Seeds = arguments.GetValue(seeds)!,
            HasRole = arguments.GetValue(role), Mode = arguments.GetValue(mode), Servers = arguments.GetValue(servers)!,
            Folder = arguments.GetValue(folder)!, Database = arguments.GetValue(database)!, Plain = arguments.GetValue(plain),
            Newer = arguments.GetValue(newer),
        }));
        return command;
    }
}
