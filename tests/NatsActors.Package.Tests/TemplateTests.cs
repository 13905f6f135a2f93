using System.Globalization;
using System.Net;
using System.Xml.Linq;
using NatsActors.Testing;

namespace NatsActors.Package.Tests;

/// <summary>The template <c>nats-worker</c>, installed from its package, and the worker that it makes.</summary>
[Collection(PackageCollection.Name)]
public sealed class TemplateTests(PackedPackages packages)
{
    private const string Id = "NatsActors.Templates";

    [Fact]
    public void Its_package_holds_the_template_and_no_assembly()
    {
        using var package = packages.Open(Id);
        var metadata = PackedPackages.Metadata(package, Id);
        var type = metadata.Descendants(metadata.Name.Namespace + "packageType").Single();

        Assert.Equal("Template", type.Attribute("name")!.Value);
        Assert.Contains(package.Entries, entry => entry.FullName == "content/nats-worker/.template.config/template.json");
        Assert.DoesNotContain(package.Entries, entry => entry.FullName.EndsWith(".dll", StringComparison.Ordinal) || entry.FullName.Contains("/obj/", StringComparison.Ordinal));
        Assert.Equal("Apache-2.0", metadata.Element(metadata.Name.Namespace + "license")!.Value);
    }

    [Fact]
    public void A_new_project_takes_the_library_of_the_templates_version()
    {
        using var package = packages.Open(Id);
        using var project = package.GetEntry("content/nats-worker/NatsWorker.csproj")!.Open();
        var reference = Assert.Single(XDocument.Load(project).Descendants("PackageReference"));

        Assert.Equal("NatsActors", reference.Attribute("Include")!.Value);
        Assert.Equal(
            XDocument.Load(Repository.PathTo("Directory.Build.props")).Descendants("Version").Single().Value, reference.Attribute("Version")!.Value);
    }

    [Fact]
    public async Task A_new_worker_builds_without_warnings_and_fills_its_stream_in_order()
    {
        using var projects = await InstallAsync();
        await projects.NewAsync("nats-worker", "--name", "My.Orders", "--no-restore");
        await projects.DotnetAsync("build", "My.Orders", "--verbosity", "quiet", "-warnaserror");
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var streams = new StreamAdmin(reader);
        await streams.CreateAsync("MY_ORDERS", ["my_orders.>"]);

        await using var worker = StartWorker(projects, server.Url);
        await worker.SaysAsync("Now listening on: ");
        await Until.TrueAsync(async () => (await streams.InfoAsync("MY_ORDERS")).Messages >= 20, TimeSpan.FromSeconds(30), "20 messages");
        var address = worker.After("Now listening on: ");
        await Until.TrueAsync(async () => await StatusAsync($"{address}/health/live") == HttpStatusCode.OK);
        await Until.TrueAsync(async () => await StatusAsync($"{address}/health/ready") == HttpStatusCode.OK);
        await server.KillAsync();
        await Until.TrueAsync(
            async () => await StatusAsync($"{address}/health/ready") == HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(30), "not ready");
        await Until.TrueAsync(async () => await StatusAsync($"{address}/health/live") == HttpStatusCode.OK);
        await server.RestartAsync();
        await worker.SaysAsync("reconnected to");
        Assert.Equal(0, await worker.StopAsync());

        await using var after = await NatsReader.ConnectAsync(server.Port);
        var numbers = new List<int>();
        await foreach (var message in new StreamAdmin(after).ReadAllAsync("MY_ORDERS"))
        {
            Assert.Equal("my_orders.created", message.Subject);
            numbers.Add(int.Parse(message.Text, CultureInfo.InvariantCulture));
        }

        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
    }

    [Fact]
    public async Task The_options_name_the_stream_and_the_subject()
    {
        using var projects = await InstallAsync();
        await projects.NewAsync("nats-worker", "--name", "my-orders", "--stream", "SALES", "--subject", "shop", "--no-restore");

        Assert.Contains("nats stream add SALES --subjects 'shop.>'", File.ReadAllText(projects["my-orders/worker.conf"]), StringComparison.Ordinal);
        Assert.Contains("Subject = \"shop.created\"", File.ReadAllText(projects["my-orders/Producer.cs"]), StringComparison.Ordinal);
        Assert.Contains("namespace my_orders;", File.ReadAllText(projects["my-orders/Producer.cs"]), StringComparison.Ordinal);
        Assert.Contains("AddAkka(\"my-orders\"", File.ReadAllText(projects["my-orders/Program.cs"]), StringComparison.Ordinal);
    }

    private static Command StartWorker(NewProjects projects, string serverUrl) => Command.Start(
        projects["My.Orders"],
        new Dictionary<string, string> { ["Nats__Connection__Servers__0"] = serverUrl, ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" },
        "dotnet", projects["My.Orders/bin/Debug/net10.0/My.Orders.dll"]);

    private static async Task<HttpStatusCode> StatusAsync(string address)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(address));
        return answer.StatusCode;
    }

    private async Task<NewProjects> InstallAsync()
    {
        var projects = new NewProjects(packages.Feed);
        await projects.NewAsync("install", Id);
        return projects;
    }
}
