using Microsoft.Playwright;

namespace NatsActors.Lab.Tests;

/// <summary>What a person does at the page in an outage, in a real browser, and what the page shows.</summary>
[Collection(LabPageTests.Name)]
public sealed class OutageTests(LabBrowser browser)
{
    [Fact]
    public async Task A_killed_server_shows_Backoff_and_a_rising_buffer_and_a_restart_empties_it_without_loss()
    {
        await using var lab = await browser.OpenAsync();
        await lab.NumberAsync("actors-arrived", arrived => arrived > 500);

        await lab.PressAsync("Kill the server");
        await lab.ShowsAsync("state", "Backoff");
        await lab.ShowsAsync("server", "stopped");
        // Each attempt lights Connecting for a moment.
        await LitAsync(lab, "Backoff");
        var kept = await lab.NumberAsync("depth");
        await lab.NumberAsync("depth", depth => depth > kept + 2_000);
        await lab.KeepPictureAsync("outage");

        await lab.PressAsync("Restart the server");
        await lab.ShowsAsync("state", "Connected");
        await LitAsync(lab, "Connected");
        await lab.NumberAsync("depth", depth => depth < 100);
        await lab.TypeRateAsync("0");
        await lab.ShowsAsync("rate-accepted", "0");
        await lab.ShowsAsync("depth", "0");

        var accepted = await lab.NumberAsync("actors-accepted");
        await lab.NumberAsync("actors-arrived", arrived => arrived == accepted);
        await lab.ShowsAsync("balanced", "holds");
        Assert.Equal(await lab.NumberAsync("l-accepted"), await lab.NumberAsync("l-stored"));
        Assert.Equal((0, 0), (await lab.NumberAsync("l-undelivered"), await lab.NumberAsync("l-buffered")));
        Assert.Equal((0, 0, 0), (await lab.NumberAsync("actors-lost"), await lab.NumberAsync("actors-duplicated"), await lab.NumberAsync("actors-disordered")));
        await Assertions.Expect(lab.Page.Locator("#episodes")).ToContainTextAsync("A new link after");
        await lab.TypeRateAsync("1000");
        await lab.ShowsAsync("answer", "Both loads offer 1000 messages a second.");
        Assert.Empty(lab.Errors);
    }

    [Fact]
    public async Task A_cut_connection_loses_messages_of_the_plain_client_and_none_of_the_publisher()
    {
        await using var lab = await browser.OpenAsync();
        await lab.NumberAsync("plain-arrived", arrived => arrived > 100);

        await lab.PressAsync("Cut the connection");

        await lab.NumberAsync("plain-lost", lost => lost > 100);
        Assert.Equal(0, await lab.NumberAsync("actors-lost"));
    }

    [Fact]
    public async Task A_purge_while_the_server_is_suspended_is_counted_and_loses_nothing_behind_the_senders_back()
    {
        await using var lab = await browser.OpenAsync();

        await lab.PressAsync("Suspend the server");
        await lab.ShowsAsync("server", "suspended");
        await lab.ShowsAsync("state", "Backoff");
        var undelivered = await lab.NumberAsync("l-undelivered");
        await lab.PressAsync("Purge the buffer");
        await lab.NumberAsync("l-undelivered", now => now > undelivered);
        await Assertions.Expect(lab.Page.Locator("#l-others")).ToContainTextAsync("Purged");
        await lab.ShowsAsync("balanced", "holds");

        await lab.PressAsync("Resume the server");
        await lab.ShowsAsync("state", "Connected");
        await lab.NumberAsync("depth", depth => depth < 100);
        var reconnects = await lab.Page.Locator("#link-detail").InnerTextAsync();
        await lab.PressAsync("Crash the connection actor");
        await Assertions.Expect(lab.Page.Locator("#link-detail")).Not.ToHaveTextAsync(reconnects);
        await lab.ShowsAsync("state", "Connected");
        await lab.ShowsAsync("actors-lost", "0");
    }

    /// <summary>Completes when this state is lit, and no other.</summary>
    private static Task LitAsync(LabPage lab, string state) =>
        Assertions.Expect(lab.Page.Locator("#states .lit text")).ToHaveTextAsync(new[] { state });
}
