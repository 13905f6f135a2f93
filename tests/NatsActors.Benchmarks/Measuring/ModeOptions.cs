using System.CommandLine;
using System.CommandLine.Parsing;

namespace NatsActors.Benchmarks;

/// <summary>Options that several modes of the command line have, and their checks.</summary>
internal static class ModeOptions
{
    /// <summary>An option with one or more values behind one name.</summary>
    public static Option<T[]> Several<T>(string name, string description, params T[] defaults) => new(name)
    {
        Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => defaults,
    };

    /// <summary>A positive number.</summary>
    public static Option<int> Count(string name, string description, int count)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => count };
        Require(option, value => value > 0, $"{name} must be positive");
        return option;
    }

    /// <summary>Rounds of a mode that drops its first.</summary>
    public static Option<int> Rounds(int count = 7) => Count("--rounds", "Rounds that count; one more comes before them and is dropped.", count);

    /// <summary>The file for <see cref="Report.WriteAsync"/>.</summary>
    public static Option<FileInfo?> Json() => OutputFile("--json", "Writes all figures to this file, as JSON.");

    /// <summary>A file that a mode writes; its folder must exist, so that a long run does not end with an error.</summary>
    public static Option<FileInfo?> OutputFile(string name, string description)
    {
        var option = new Option<FileInfo?>(name) { Description = description };
        Require(option, file => file is null || file.Directory is { Exists: true }, $"{name}: the folder of the file does not exist");
        return option;
    }

    /// <summary>Refuses a command line whose value for the option does not hold.</summary>
    /// <param name="option">The option.</param>
    /// <param name="holds">What must be true of its value.</param>
    /// <param name="otherwise">The error.</param>
    public static void Require<T>(Option<T> option, Func<T, bool> holds, string otherwise) => option.Validators.Add(result =>
    {
        T value;
        try
        {
            value = result.GetValueOrDefault<T>()!;
        }
        catch (InvalidOperationException)
        {
            // Not of the type: System.CommandLine says so itself, after the validators.
            return;
        }

        if (!holds(value))
        {
            result.AddError(otherwise);
        }
    });
}
