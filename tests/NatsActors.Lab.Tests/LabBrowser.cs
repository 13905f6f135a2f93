using System.Collections.Concurrent;
using Microsoft.Playwright;
using NatsActors.Testing;

namespace NatsActors.Lab.Tests;

/// <summary>The tests of the page share one lab and one Chromium, and run one after another: each presses buttons of the same lab.</summary>
[CollectionDefinition(Name)]
public sealed class LabPageTests : ICollectionFixture<LabBrowser>
{
    public const string Name = "The page of the lab";
}

/// <summary>One lab and one Chromium for the tests of the page; every test opens a page of its own.</summary>
public sealed class LabBrowser : IAsyncLifetime
{
    /// <summary>How long the page may take for anything, in milliseconds.</summary>
    public const float Patience = 20_000;

    private LabProcess _lab = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    /// <summary>The address of the lab.</summary>
    public string Url => _lab.Url;

    public async Task InitializeAsync()
    {
        _lab = await LabProcess.StartAsync();
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(Patience);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = InstalledProgram.Find("CHROMIUM", "chromium", "chromium-browser", "google-chrome"),
            // Chromium's sandbox refuses to run as root, which is who runs tests in a container.
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [],
        });
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _lab.DisposeAsync();
    }

    /// <summary>Opens the lab in a new page, and waits until its numbers are live.</summary>
    public async Task<LabPage> OpenAsync(int width = 1280, int height = 900, ColorScheme colors = ColorScheme.Light)
    {
        var page = await _browser.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = colors,
        });
        page.SetDefaultTimeout(Patience);
        var lab = new LabPage(page, () => _lab.Output);
        await page.GotoAsync(Url);
        await lab.ShowsAsync("live", "live");
        await lab.ShowsAsync("state", "Connected");
        return lab;
    }
}

/// <summary>The page of the lab, by what a person sees of it.</summary>
public sealed class LabPage : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Func<string> _labOutput;

    public LabPage(IPage page, Func<string> labOutput)
    {
        (Page, _labOutput) = (page, labOutput);
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _errors.Enqueue(message.Text);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>What scripts and loading complained of.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    public Task PressAsync(string button) =>
        Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button, Exact = true }).ClickAsync();

    /// <summary>Types a rate into the field and leaves it.</summary>
    public async Task TypeRateAsync(string perSecond)
    {
        var field = Page.GetByLabel("Messages a second, as a number");
        await field.FillAsync(perSecond);
        await field.PressAsync("Tab");
    }

    /// <summary>Completes when the element has the text; a failure says what the page showed and what the lab logged.</summary>
    public async Task ShowsAsync(string id, string text)
    {
        try
        {
            await Assertions.Expect(Page.Locator($"#{id}")).ToHaveTextAsync(text);
        }
        catch (PlaywrightException missing)
        {
            throw new TimeoutException(await DescribeAsync($"{id} did not become '{text}'"), missing);
        }
    }

    public async Task<long> NumberAsync(string id) =>
        long.Parse(await Page.Locator($"#{id}").InnerTextAsync(), System.Globalization.NumberStyles.AllowThousands, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Completes when the number is as wanted; a failure says what the number was.</summary>
    public async Task NumberAsync(string id, Func<long, bool> condition)
    {
        long last = 0;
        try
        {
            await Until.TrueAsync(async () => condition(last = await NumberAsync(id)), TimeSpan.FromMilliseconds(LabBrowser.Patience), id);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException(await DescribeAsync($"{id} stayed at {last}"), late);
        }
    }

    /// <summary>Keeps a picture of the whole page below artifacts/.</summary>
    public async Task KeepPictureAsync(string name) => await Page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Repository.PathTo("artifacts", "outage-lab", $"{name}.png"),
        FullPage = true,
    });

    public async ValueTask DisposeAsync() => await Page.CloseAsync();

    private async Task<string> DescribeAsync(string fault) =>
        $"{fault}. The page says: {await Page.Locator("body").InnerTextAsync()}\nThe lab says: {_labOutput()}";
}
