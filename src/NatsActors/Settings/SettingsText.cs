using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NatsActors.Settings;

/// <summary>
/// Turns the text of a setting into its value and back, the same for reference.conf, HOCON and IConfiguration. Owns the
/// spelling of units, flags and choices. A refusal is a phrase that names the allowed values.
/// </summary>
internal static class SettingsText
{
    private static readonly (string Unit, long Factor)[] DurationUnits =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    private static readonly (string Unit, long Factor)[] SizeUnits =
        [("B", 1), ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30)];

    public static bool TryDuration(string text, out TimeSpan value, [NotNullWhen(false)] out string? allowed)
    {
        var read = TryNumberWithUnit(text, DurationUnits, "a duration", "5s", out var ticks, out allowed);
        value = TimeSpan.FromTicks(ticks);
        return read;
    }

    public static bool TryOptionalDuration(string text, out TimeSpan? value, [NotNullWhen(false)] out string? allowed)
    {
        value = null;
        allowed = null;
        if (Same(text, "off"))
        {
            return true;
        }

        if (!TryDuration(text, out var duration, out allowed))
        {
            allowed += ", or off";
            return false;
        }

        value = duration;
        return true;
    }

    public static bool TrySize(string text, out long value, [NotNullWhen(false)] out string? allowed) =>
        TryNumberWithUnit(text, SizeUnits, "a size", "64MiB", out value, out allowed);

    public static bool TryCount(string text, long max, out long value, [NotNullWhen(false)] out string? allowed)
    {
        var read = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value <= max;
        allowed = read ? null : string.Create(CultureInfo.InvariantCulture, $"must be a whole number, at most {max}");
        return read;
    }

    public static bool TryFraction(string text, out double value, [NotNullWhen(false)] out string? allowed)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        var read = double.TryParse(text, Styles, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
        allowed = read ? null : "must be a fraction, such as 0.8";
        return read;
    }

    public static bool TryFlag(string text, out bool value, [NotNullWhen(false)] out string? allowed)
    {
        value = Same(text, "on") || Same(text, "true") || Same(text, "yes");
        var read = value || Same(text, "off") || Same(text, "false") || Same(text, "no");
        allowed = read ? null : "must be on or off (also true, false, yes, no)";
        return read;
    }

    public static bool TryChoice<T>(string text, out T value, [NotNullWhen(false)] out string? allowed)
        where T : struct, Enum
    {
        var name = text.Replace("-", "", StringComparison.Ordinal);
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (Same(candidate.ToString(), name))
            {
                value = candidate;
                allowed = null;
                return true;
            }
        }

        value = default;
        allowed = $"must be one of {Choices<T>()}";
        return false;
    }

    /// <summary>The choices as reference.conf spells them.</summary>
    public static string Choices<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Show));

    public static string Show<T>(T choice)
        where T : struct, Enum
    {
        var name = choice.ToString();
        // The product's name is one word, although the enum spells it with two capitals.
        return name == nameof(ConfirmMode.JetStream) ? "jetstream" : Kebab(name);
    }

    /// <summary><c>MaxBytes</c> as <c>max-bytes</c>.</summary>
    public static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c)
            ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c)
            : c.ToString()));

    /// <summary>In the largest unit that gives a whole number: <c>5s</c>, <c>250ms</c>.</summary>
    public static string Show(TimeSpan value) =>
        value.Ticks % TimeSpan.TicksPerMillisecond == 0
            ? ShowWithUnit(value.Ticks, DurationUnits)
            : value.TotalMilliseconds.ToString(CultureInfo.InvariantCulture) + "ms";

    /// <summary>In the largest unit that gives a whole number: <c>64MiB</c>, <c>1500B</c>.</summary>
    public static string ShowSize(long bytes) => ShowWithUnit(bytes, SizeUnits);

    private static string ShowWithUnit(long value, (string Unit, long Factor)[] units)
    {
        var (unit, factor) = value == 0 ? units[0] : units.Last(unit => value % unit.Factor == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{value / factor}{unit}");
    }

    private static bool TryNumberWithUnit(
        string text, (string Unit, long Factor)[] units, string what, string example, out long value,
        [NotNullWhen(false)] out string? allowed)
    {
        value = 0;
        allowed = null;
        var names = string.Join(", ", units.Select(unit => unit.Unit));
        var trimmed = text.Trim();
        var digits = trimmed.AsSpan().IndexOfAnyExcept("-0123456789.");
        var number = digits < 0 ? trimmed : trimmed[..digits];
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(number, Styles, CultureInfo.InvariantCulture, out var amount))
        {
            allowed = $"must be {what} with a unit ({names}), such as {example}";
            return false;
        }

        if (digits < 0)
        {
            allowed = $"is a number without a unit; must be {what} with a unit ({names}), such as {example}";
            return false;
        }

        var suffix = trimmed[digits..].TrimStart();
        var (unit, factor) = Array.Find(units, candidate => candidate.Unit == suffix);
        if (unit is null)
        {
            allowed = $"has an unknown unit '{suffix}'; must be {what} with a unit ({names}), such as {example}";
            return false;
        }

        if (Math.Abs(amount) > long.MaxValue / factor)
        {
            allowed = $"is too large; must be {what} below {long.MaxValue / factor}{unit}";
            return false;
        }

        value = (long)(amount * factor);
        return true;
    }

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
