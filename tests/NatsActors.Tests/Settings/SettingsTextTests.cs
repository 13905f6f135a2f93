using NatsActors.Settings;

namespace NatsActors.Tests.Settings;

public sealed class SettingsTextTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("5s", 5_000)]
    [InlineData("1.5 s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("-1s", -1_000)]
    public void A_duration_has_a_unit(string text, long milliseconds)
    {
        Assert.True(SettingsText.TryDuration(text, out var value, out _));
        Assert.Equal(milliseconds, value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("512B", 512)]
    [InlineData("64KiB", 65_536)]
    [InlineData("1.5MiB", 1_572_864)]
    [InlineData("2 GiB", 2_147_483_648)]
    public void A_size_has_a_unit(string text, long bytes)
    {
        Assert.True(SettingsText.TrySize(text, out var value, out _));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("5", "is a number without a unit; must be a duration with a unit (ms, s, m, h, d), such as 5s")]
    [InlineData("5min", "has an unknown unit 'min'; must be a duration with a unit (ms, s, m, h, d), such as 5s")]
    [InlineData("00:00:05", "has an unknown unit ':00:05'; must be a duration with a unit (ms, s, m, h, d), such as 5s")]
    [InlineData("soon", "must be a duration with a unit (ms, s, m, h, d), such as 5s")]
    [InlineData("", "must be a duration with a unit (ms, s, m, h, d), such as 5s")]
    [InlineData("99999999999d", "is too large; must be a duration below 10675199d")]
    public void A_duration_that_cannot_be_read_says_what_is_allowed(string text, string allowed)
    {
        Assert.False(SettingsText.TryDuration(text, out _, out var said));
        Assert.Equal(allowed, said);
    }

    [Theory]
    [InlineData("64", "is a number without a unit; must be a size with a unit (B, KiB, MiB, GiB), such as 64MiB")]
    [InlineData("64MB", "has an unknown unit 'MB'; must be a size with a unit (B, KiB, MiB, GiB), such as 64MiB")]
    [InlineData("99999999999GiB", "is too large; must be a size below 8589934591GiB")]
    public void A_size_that_cannot_be_read_says_what_is_allowed(string text, string allowed)
    {
        Assert.False(SettingsText.TrySize(text, out _, out var said));
        Assert.Equal(allowed, said);
    }

    [Theory]
    [InlineData("drop-oldest", OverflowPolicy.DropOldest)]
    [InlineData("DropOldest", OverflowPolicy.DropOldest)]
    [InlineData("REJECT", OverflowPolicy.Reject)]
    public void A_choice_is_read_in_both_spellings(string text, OverflowPolicy choice)
    {
        Assert.True(SettingsText.TryChoice<OverflowPolicy>(text, out var value, out _));
        Assert.Equal(choice, value);
    }

    [Fact]
    public void A_choice_is_not_read_from_its_number()
    {
        Assert.False(SettingsText.TryChoice<OverflowPolicy>("1", out _, out var allowed));
        Assert.Equal("must be one of reject, wait, drop-oldest", allowed);
    }

    [Fact]
    public void Choices_are_spelt_as_in_reference_conf()
    {
        Assert.Equal("fence, jetstream, none", SettingsText.Choices<ConfirmMode>());
        Assert.Equal("off, require, handshake-first", SettingsText.Choices<TlsMode>());
    }

    [Theory]
    [InlineData("on", true)]
    [InlineData("True", true)]
    [InlineData("yes", true)]
    [InlineData("off", false)]
    [InlineData("false", false)]
    [InlineData("no", false)]
    public void A_flag_has_three_spellings(string text, bool flag)
    {
        Assert.True(SettingsText.TryFlag(text, out var value, out _));
        Assert.Equal(flag, value);
    }
}
