using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Lab.Tests;

/// <summary>The script that the README names.</summary>
public sealed class ScriptTests
{
    [Fact]
    public async Task The_script_starts_the_lab_says_where_its_page_is_and_leaves_nothing_behind()
    {
        var folder = Directory.CreateTempSubdirectory("lab-script-");
        try
        {
            await using var script = ProgramProcess.Start(
                "env", [$"TMPDIR={folder.FullName}", "bash", Repository.PathTo("scripts", "lab.sh"), "--urls", "http://127.0.0.1:0"]);
            // It builds the lab first.
            await script.SaysAsync("(Ctrl+C ends it)", TimeSpan.FromMinutes(3));
            var address = Regex.Match(script.Output, @"The outage lab is at (?<url>http://127\.0\.0\.1:\d+) ").Groups["url"].Value;
            using var client = new HttpClient { BaseAddress = new Uri(address) };

            Assert.Contains("<h1>Outage lab</h1>", await client.GetStringAsync("/"), StringComparison.Ordinal);
            await AssertRefusalsAsync(client);
            Assert.Single(ServersIn(folder));
            Assert.Equal(0, await script.StopAsync());
            Assert.Empty(ServersIn(folder));
            Assert.Empty(folder.GetDirectories("nats-server-*"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task AssertRefusalsAsync(HttpClient client)
    {
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "lab.example" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(foreign)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/act/server/kill", null)).StatusCode);
        client.DefaultRequestHeaders.Add("X-Outage-Lab", "test");
        Assert.Equal(
            "overflow: 'Drop' is not allowed; must be Reject, Wait, DropOldest",
            await RefusalAsync(client, new { overflow = "Drop", confirm = "Fence", maxMessages = 1000, maxBytes = 1_000_000 }));
        Assert.Equal(
            "maxMessages: 5 is not allowed; must be 100 to 100000; maxBytes: 1 is not allowed; must be 65536 to 67108864",
            await RefusalAsync(client, new { overflow = "Wait", confirm = "Fence", maxMessages = 5, maxBytes = 1 }));
    }

    /// <summary>The processes of nats-servers whose configuration lies below the folder.</summary>
    private static IEnumerable<Process> ServersIn(DirectoryInfo folder) => Process.GetProcessesByName("nats-server")
        .Where(server => CommandLine(server).Contains(folder.FullName, StringComparison.Ordinal));

    private static string CommandLine(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline");
        }
        catch (IOException)
        {
            // A server of another test has ended meanwhile.
            return "";
        }
    }

    private static async Task<string> RefusalAsync(HttpClient client, object settings)
    {
        using var answer = await client.PostAsJsonAsync("/act/publisher/settings", settings);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
