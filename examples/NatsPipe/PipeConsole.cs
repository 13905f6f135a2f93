namespace NatsActors.Pipe;

/// <summary>The process's surroundings, so that a test can stand in for them.</summary>
internal sealed class PipeConsole
{
    /// <summary>The ledger, and nothing else.</summary>
    public TextWriter Output { get; init; } = Console.Out;

    /// <summary>Progress, events and errors.</summary>
    public TextWriter Error { get; init; } = Console.Error;

    /// <summary>Whether <see cref="Error"/> is a terminal, which shows the progress in place.</summary>
    public bool IsTerminal { get; init; } = !Console.IsErrorRedirected;

    /// <summary>Opens the lines when no file is named.</summary>
    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The clock of the pace, the progress and the publisher.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
