using System.Text.Json;
using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Pipe.Tests;

/// <summary>Every snippet and command of the README is run here, or is what CI runs.</summary>
public sealed class ReadmeTests
{
    private static readonly string Root = Repository.PathTo();
    private static readonly string Readme = ReadmeCommand.Readme;

    [Fact]
    public void The_first_snippet_is_the_QuickStart_example()
    {
        Assert.Contains(File.ReadAllText(Path.Combine(Root, "examples/QuickStart/Program.cs")), Readme, StringComparison.Ordinal);
    }

    [Fact]
    public void The_snippet_for_Akka_is_from_the_AkkaWorker_example()
    {
        var section = Readme[Readme.IndexOf("## In an Akka.NET system", StringComparison.Ordinal)..];
        var snippet = Regex.Match(section, "```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline).Groups["code"].Value;

        Assert.StartsWith("builder.Services.AddAkka(", snippet, StringComparison.Ordinal);
        Assert.Contains(snippet, File.ReadAllText(Path.Combine(Root, "examples/AkkaWorker/Program.cs")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_QuickStart_example_delivers_its_messages()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("orders.new");

        var (status, output) = await RunAsync("QuickStart", $"{server.Url}", "");

        await reader.WaitForAsync(10, TimeSpan.FromSeconds(10));
        Assert.Equal(0, status);
        Assert.Contains("accepted 10, delivered 10", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_NatsPipe_commands_deliver_what_they_are_given()
    {
        var commands = Regex.Matches(Readme, @"^.*dotnet run -c Release --project examples/NatsPipe -- (?<arguments>.+)$", RegexOptions.Multiline);
        Assert.NotEmpty(commands);
        foreach (Match command in commands)
        {
            await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
            await using var reader = await NatsReader.ConnectAsync(server.Port);
            await new StreamAdmin(reader).CreateAsync("LINES", ["lines.>"]);
            var arguments = command.Groups["arguments"].Value
                .Replace("nats://127.0.0.1:4222", server.Url, StringComparison.Ordinal)
                .Replace("app.log", Path.Combine(Root, "README.md"), StringComparison.Ordinal);

            var (status, output) = await RunAsync("NatsPipe", arguments, "one\ntwo\n");

            Assert.True(status == 0, $"{command.Value}: status {status}, {output}");
            if (arguments.Contains("--json", StringComparison.Ordinal))
            {
                Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("stored").GetInt64() > 0);
            }
        }
    }

    [Theory]
    [InlineData("scripts/test.sh")]
    [InlineData("scripts/demo.sh")]
    public void The_scripts_that_the_README_names_are_what_CI_runs(string script)
    {
        Assert.Contains($"bash {script}", Readme, StringComparison.Ordinal);
        Assert.Contains($"bash {script}", File.ReadAllText(Path.Combine(Root, ".ci/run")), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_link_of_the_README_leads_somewhere()
    {
        foreach (Match link in Regex.Matches(Readme, @"\]\((?!https?:|#)(?<path>[^)#]+)"))
        {
            var path = Path.Combine(Root, link.Groups["path"].Value);
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{link.Value} is not there");
        }
    }

    private static Task<(int Status, string Output)> RunAsync(string example, string arguments, string input) =>
        ReadmeCommand.RunAsync(example, arguments, input, TimeSpan.FromSeconds(60));
}
