using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Lab.Tests;

/// <summary>The example OutageLab as its users start it: a process of its own, with a server of its own, on a free port.</summary>
internal sealed partial class LabProcess : IAsyncDisposable
{
    private readonly ProgramProcess _process;

    private LabProcess(ProgramProcess process)
    {
        _process = process;
    }

    public string Url { get; private set; } = "";

    public string Output => _process.Output;

    public static async Task<LabProcess> StartAsync()
    {
        // The tests and the lab are built with the same configuration: bin/CONFIGURATION/FRAMEWORK.
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Repository.PathTo("examples", "OutageLab", "bin", framework.Parent!.Name, framework.Name, "OutageLab.dll");
        var lab = new LabProcess(ProgramProcess.Start("dotnet", [program, "--urls", "http://127.0.0.1:0"]));
        try
        {
            await lab._process.SaysAsync("(Ctrl+C ends it)");
            lab.Url = Address().Match(lab.Output).Value;
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends what a button of the page sends.</summary>
    public async Task ActAsync(string act)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Url}/act/{act}");
        request.Headers.Add("X-Outage-Lab", "test");
        using var response = await client.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, $"{act}: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Asks the lab to stop and waits for it: a lab that is killed leaves its server behind.</summary>
    public async ValueTask DisposeAsync()
    {
        await using (_process)
        {
            if (_process.IsRunning)
            {
                await _process.StopAsync();
            }
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
