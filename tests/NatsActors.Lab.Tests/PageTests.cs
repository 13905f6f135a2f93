using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace NatsActors.Lab.Tests;

/// <summary>The page for people with a keyboard only, with a screen reader, with a phone, by day and by night.</summary>
[Collection(LabPageTests.Name)]
public sealed class PageTests(LabBrowser browser)
{
    private const int MostTabs = 20;

    [Fact]
    public async Task A_button_can_be_reached_seen_and_pressed_with_the_keyboard_alone()
    {
        await using var lab = await browser.OpenAsync();
        for (var tabs = 0; tabs < MostTabs && await FocusedAsync(lab) != "Crash the buffer actor"; tabs++)
        {
            await lab.Page.Keyboard.PressAsync("Tab");
        }

        Assert.Equal("Crash the buffer actor", await FocusedAsync(lab));
        Assert.NotEqual("none", await lab.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await lab.Page.Keyboard.PressAsync("Enter");

        await lab.ShowsAsync("answer", "The buffer actor is crashed; its supervisor starts it again.");
        await Assertions.Expect(lab.Page.Locator("#episodes")).ToContainTextAsync("The buffer actor is crashed");
        Assert.Equal("Crash the buffer actor", await FocusedAsync(lab));
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task A_screen_reader_finds_names_roles_and_contrast_in_order(ColorScheme colors)
    {
        await using var lab = await browser.OpenAsync(colors: colors);

        var findings = (await lab.Page.RunAxe()).Violations;

        Assert.True(findings.Length == 0, string.Join('\n', findings.Select(finding =>
            $"{finding.Id}: {finding.Help}: {string.Join(", ", finding.Nodes.Select(node => node.Html))}")));
    }

    [Fact]
    public async Task Numbers_states_and_episodes_have_the_roles_by_which_they_are_read()
    {
        await using var lab = await browser.OpenAsync();
        var page = lab.Page;

        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Outage lab");
        await Assertions.Expect(page.GetByRole(AriaRole.Meter, new() { Name = "Messages in the buffer" })).ToHaveAttributeAsync("aria-valuemax", "20000");
        await Assertions.Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new("The state is Connected") })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Log, new() { Name = "Episodes" })).ToHaveAttributeAsync("aria-live", "polite");
        await Assertions.Expect(page.GetByRole(AriaRole.Slider, new() { Name = "Messages a second, each publisher" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Overflow")).ToHaveValueAsync("Reject");
    }

    [Theory]
    [InlineData(360)]
    [InlineData(390)]
    public async Task A_phone_needs_no_horizontal_scroll(int width)
    {
        await using var lab = await browser.OpenAsync(width, 780);

        var content = await lab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");

        Assert.True(content <= width, $"the page is {content} wide, the phone {width}");
        await lab.KeepPictureAsync($"phone-{width}");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task The_page_follows_the_colors_of_the_system_and_draws_its_charts(ColorScheme colors)
    {
        await using var lab = await browser.OpenAsync(colors: colors);

        await Assertions.Expect(lab.Page.Locator("#rate-chart canvas")).ToBeVisibleAsync();
        await Assertions.Expect(lab.Page.Locator("#kept-chart canvas")).ToBeVisibleAsync();
        var background = await lab.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        var red = int.Parse(background["rgb(".Length..].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(colors == ColorScheme.Light, red > 128);
        await lab.KeepPictureAsync(colors.ToString().ToLowerInvariant());
        Assert.Empty(lab.Errors);
    }

    [Fact]
    public async Task What_cannot_be_done_is_answered_with_the_reason()
    {
        await using var lab = await browser.OpenAsync();

        await lab.PressAsync("Resume the server");
        await lab.ShowsAsync("answer", "Only a suspended server can be resumed.");
        await lab.TypeRateAsync("100000");
        await lab.ShowsAsync("answer", "Both loads offer 5000 messages a second.");
        await lab.TypeRateAsync("1000");
        await lab.ShowsAsync("answer", "Both loads offer 1000 messages a second.");
    }

    [Fact]
    public async Task Smaller_limits_and_another_overflow_and_confirm_take_effect_without_loss()
    {
        await using var lab = await browser.OpenAsync();
        var page = lab.Page;

        await page.GetByLabel("Overflow").SelectOptionAsync("DropOldest");
        await page.GetByLabel("Confirm").SelectOptionAsync("Fence");
        await page.GetByLabel("Most messages").FillAsync("4000");
        await lab.PressAsync("Use these settings");
        await lab.ShowsAsync("depth-limit", "4,000");
        await lab.ShowsAsync("outcome-name", "Delivered");
        await lab.NumberAsync("l-delivered", delivered => delivered > 0);

        await lab.PressAsync("Shrink the buffer");
        await lab.ShowsAsync("depth-limit", "1,000");
        await lab.PressAsync("Drain the publisher");
        await lab.ShowsAsync("state", "Closed");
        await lab.ShowsAsync("balanced", "holds");
        await lab.ShowsAsync("actors-lost", "0");
        await lab.PressAsync("Start the publisher");
        await lab.ShowsAsync("state", "Connected");

        await page.GetByLabel("Overflow").SelectOptionAsync("Reject");
        await page.GetByLabel("Confirm").SelectOptionAsync("JetStream");
        await page.GetByLabel("Most messages").FillAsync("20000");
        await page.GetByLabel("Most KiB").FillAsync("6144");
        await lab.PressAsync("Use these settings");
        await lab.ShowsAsync("depth-limit", "20,000");
        await lab.ShowsAsync("state", "Connected");
    }

    private static Task<string> FocusedAsync(LabPage lab) => lab.Page.EvaluateAsync<string>("document.activeElement.textContent.trim()");
}
