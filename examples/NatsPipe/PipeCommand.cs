using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace NatsActors.Pipe;

/// <summary>From arguments to an exit status.</summary>
internal static class PipeCommand
{
    public static async Task<int> RunAsync(string[] args, PipeConsole console)
    {
        var arguments = new PipeArguments();
        var parsed = arguments.Command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is HelpAction || IsVersion(parsed))
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = console.Output, Error = console.Error });
        }

        try
        {
            RefuseErrors(parsed);
            var options = arguments.Read(parsed, console.Environment);
            await using var input = Open(options, console);
            using var checkpoint = options.Checkpoint is { } path ? Checkpoint.Open(path) : null;
            return await new PipeRun(options, console, checkpoint).RunAsync(input);
        }
        catch (Exception wrong) when (wrong is UsageException or SettingsException)
        {
            console.Error.WriteLine($"NatsPipe: {wrong.Message}");
            console.Error.WriteLine("NatsPipe --help shows the options.");
            return ExitCode.Usage;
        }
    }

    private static bool IsVersion(ParseResult parsed) =>
        parsed.Errors.Count == 0 && parsed.CommandResult.Children.OfType<OptionResult>().Any(result => result.Option is VersionOption);

    /// <summary>An unknown argument is not repeated unless it is an option's name: it may be a password that belonged elsewhere.</summary>
    private static void RefuseErrors(ParseResult parsed)
    {
        var unknown = parsed.Tokens
            .Where(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))
            .Select(token => token.Value.Split('=')[0])
            .ToList();
        if (unknown.Count > 0)
        {
            throw new UsageException($"unknown option {string.Join(", ", unknown)}");
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            throw new UsageException("more arguments than the one SUBJECT");
        }

        if (parsed.Errors.Count > 0)
        {
            throw new UsageException(string.Join(Environment.NewLine + "  ", parsed.Errors.Select(error => error.Message).Distinct()));
        }
    }

    private static Stream Open(PipeOptions options, PipeConsole console)
    {
        if (options.ReadsStandardInput)
        {
            return console.OpenInput();
        }

        try
        {
            return new FileStream(
                options.File!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"--file: {failure.Message}");
        }
    }
}
