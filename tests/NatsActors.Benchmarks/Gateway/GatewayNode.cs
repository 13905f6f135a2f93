using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using NatsActors.Cluster;

namespace NatsActors.Benchmarks.Gateway;

/// <summary>The gateway's process: this program with the command <c>gateway-node</c>, which ends with the process that started it.</summary>
internal static class GatewayNode
{
    /// <summary>What the process says when senders may join.</summary>
    public const string Ready = "the gateway is there";

    private const string Name = "gateway-node";

    /// <summary>The arguments that start it.</summary>
    public static IEnumerable<string> Arguments(string url, int port, string hocon) =>
    [
        Path.Combine(AppContext.BaseDirectory, "NatsActors.Benchmarks.dll"), Name, "--url", url, "--port", port.ToString(CultureInfo.InvariantCulture),
        "--hocon", hocon, "--parent", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>The command.</summary>
    public static Command Create(TextWriter output)
    {
        var url = new Option<string>("--url") { Required = true };
        var port = new Option<int>("--port") { Required = true };
        var hocon = new Option<string>("--hocon") { Required = true };
        var parent = new Option<int>("--parent") { Required = true };
        var command = new Command(Name, "The gateway of the mode gateway, as a process of its own.") { url, port, hocon, parent };
        command.Hidden = true;
        command.SetAction(async (arguments, cancellation) =>
        {
            using var starter = Process.GetProcessById(arguments.GetValue(parent));
            var at = arguments.GetValue(port);
            using var system = ClusterSystem.Start(at, "nats", at, arguments.GetValue(hocon)!);
            NatsGateway.Get(system).Start(new ConnectionSettings { Servers = [arguments.GetValue(url)!] });
            await output.WriteLineAsync(Ready);
            await output.FlushAsync(cancellation);
            await starter.WaitForExitAsync(cancellation);
            return 0;
        });
        return command;
    }
}
