using System.CommandLine.Parsing;
using System.Globalization;

namespace NatsActors.Pipe;

/// <summary>Reads the values of options; each error names the option and what it takes.</summary>
internal static class Values
{
    private static readonly (string Suffix, long Factor)[] Units = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("B", 1)];

    /// <summary>A whole number above zero, or with a unit: 512, 64KiB, 16MiB, 1GiB.</summary>
    public static long? Size(ArgumentResult argument)
    {
        var text = Text(argument);
        var (suffix, factor) = Units.FirstOrDefault(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase), ("", 1));
        var number = text[..^suffix.Length];
        if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && count <= long.MaxValue / factor)
        {
            return count * factor;
        }

        argument.AddError($"{Name(argument)}: '{text}' is not a size above zero, such as 1000000, 64KiB, 16MiB or 1GiB");
        return null;
    }

    /// <summary>A whole number above zero.</summary>
    public static long? Count(ArgumentResult argument)
    {
        var text = Text(argument);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            return count;
        }

        argument.AddError($"{Name(argument)}: '{text}' is not a whole number above zero");
        return null;
    }

    /// <summary>A number above zero and at most a billion.</summary>
    public static double? Rate(ArgumentResult argument) => Number(argument, 0, 1e9, "a number above 0");

    /// <summary>Seconds up to a year, fractions allowed.</summary>
    public static TimeSpan? Seconds(ArgumentResult argument) =>
        Number(argument, 0, 365 * 86_400d, "a number of seconds above 0, at most a year") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static double? Number(ArgumentResult argument, double above, double most, string what)
    {
        var text = Text(argument);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > above && number <= most)
        {
            return number;
        }

        argument.AddError($"{Name(argument)}: '{text}' is not {what}");
        return null;
    }

    private static string Text(ArgumentResult argument) => argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";

    private static string Name(ArgumentResult argument) => (argument.Parent as OptionResult)?.Option.Name ?? argument.Argument.Name;
}
