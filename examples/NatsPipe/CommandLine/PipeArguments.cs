using System.CommandLine;
using System.CommandLine.Parsing;

namespace NatsActors.Pipe;

/// <summary>The command line: its options, their help, and the way from what was typed to settings.</summary>
internal sealed class PipeArguments
{
    private static readonly TimeSpan DefaultDrainTimeout = TimeSpan.FromSeconds(60);
    private static readonly PublisherSettings Defaults = new();

    private readonly Argument<string> _subject = new("SUBJECT") { Description = "The NATS subject that every line is published to." };

    private readonly Option<string> _file = new("--file")
    {
        Description = "The file to read; without it, or with -, standard input.",
        HelpName = "PATH",
    };

    private readonly Option<string> _servers = new("--servers")
    {
        Description = $"The servers to try, nats://, tls://, ws:// or wss://, separated by commas. Default: {string.Join(',', Defaults.Connection.Servers)}",
        HelpName = "URL[,URL...]",
    };

    private readonly Option<string> _user = new("--user") { Description = "The user; needs --password-env.", HelpName = "U" };

    private readonly Option<string> _passwordEnv = new("--password-env")
    {
        Description = "The environment variable that holds the user's password.",
        HelpName = "VAR",
    };

    private readonly Option<string> _tokenEnv = new("--token-env")
    {
        Description = "The environment variable that holds a token, instead of a user.",
        HelpName = "VAR",
    };

    private readonly Option<long?> _maxBytes = new("--max-bytes")
    {
        Description = $"The buffer's limit in wire bytes (also 64KiB, 16MiB, 1GiB). Default: {Defaults.Buffer.MaxBytes}",
        HelpName = "N",
        CustomParser = Values.Size,
    };

    private readonly Option<long?> _maxMessages = new("--max-messages")
    {
        Description = $"The buffer's limit in messages. Default: {Defaults.Buffer.MaxMessages}",
        HelpName = "N",
        CustomParser = Values.Count,
    };

    private readonly Option<string> _overflow = Choice(
        "--overflow",
        "A full buffer: wait stops reading until there is room, reject refuses the line, drop-oldest gives up the oldest one.",
        "wait",
        "reject",
        "drop-oldest");

    private readonly Option<string> _confirm = Choice(
        "--confirm",
        "What counts as delivered: fence (the server read it), jetstream (a stream stored it), none (it was written to the socket).",
        "fence",
        "jetstream",
        "none");

    private readonly Option<double?> _rate = new("--rate")
    {
        Description = "At most this many lines a second. Default: no limit",
        HelpName = "N",
        CustomParser = Values.Rate,
    };

    private readonly Option<TimeSpan?> _drainTimeout = new("--drain-timeout")
    {
        Description = "How long the buffer may take to empty when the input has ended or on Ctrl-C. "
            + $"Default: {DefaultDrainTimeout.TotalSeconds}",
        HelpName = "SECONDS",
        CustomParser = Values.Seconds,
    };

    private readonly Option<TimeSpan?> _confirmTimeout = new("--confirm-timeout")
    {
        Description = "How long the server may leave a confirmation unanswered before the connection is given up. "
            + $"Default: {Defaults.Delivery.ConfirmTimeout.TotalSeconds}",
        HelpName = "SECONDS",
        CustomParser = Values.Seconds,
    };

    private readonly Option<string> _journal = new("--journal")
    {
        Description = "A SQLite file, made when it is not there. A line is accepted when the file has it, and what the process leaves is "
            + "sent first by the next one.",
        HelpName = "PATH",
    };

    private readonly Option<string> _checkpoint = new("--checkpoint")
    {
        Description = "A file with the number of lines that the journal has. The next process skips them; give it the input from its beginning.",
        HelpName = "PATH",
    };

    private readonly Option<string> _idPrefix = new("--id-prefix")
    {
        Description = "The message id of a line is TEXT-NUMBER, by the line's number in the input: a stream stores a line once that was "
            + "accepted twice.",
        HelpName = "TEXT",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print the ledger as one JSON object on standard output, and nothing else there.",
    };

    public PipeArguments()
    {
        Command = new RootCommand(
            "Publishes each line of a file or of standard input as one NATS message, and survives outages of the server.\n\n"
            + "Exit status: 0 when every line that was read was delivered or stored, 1 when one was not, 2 for a usage error, 3 when none was lost "
            + "and lines are kept in the journal.")
        {
            _subject, _file, _servers, _user, _passwordEnv, _tokenEnv, _maxBytes, _maxMessages, _overflow, _confirm, _rate,
            _drainTimeout, _confirmTimeout, _journal, _checkpoint, _idPrefix, _json,
        };
    }

    public RootCommand Command { get; }

    /// <summary>The options of a command line without errors.</summary>
    /// <exception cref="UsageException">Options contradict each other, or a named variable is not set.</exception>
    /// <exception cref="SettingsException">The settings that come out are not valid.</exception>
    public PipeOptions Read(ParseResult parsed, Func<string, string?> environment)
    {
        var subject = parsed.GetRequiredValue(_subject);
        if (SubjectProblem(subject) is { } problem)
        {
            throw new UsageException($"SUBJECT '{subject}': {problem}");
        }

        var journal = parsed.GetValue(_journal);
        if (journal is null && (parsed.GetValue(_checkpoint) ?? parsed.GetValue(_idPrefix)) is not null)
        {
            throw new UsageException("--checkpoint and --id-prefix need --journal");
        }

        return new PipeOptions
        {
            Subject = subject,
            File = parsed.GetValue(_file),
            Rate = parsed.GetValue(_rate),
            DrainTimeout = parsed.GetValue(_drainTimeout) ?? DefaultDrainTimeout,
            Json = parsed.GetValue(_json),
            Journal = journal,
            Checkpoint = parsed.GetValue(_checkpoint),
            IdPrefix = parsed.GetValue(_idPrefix),
            Settings = Settings(parsed, environment).Validate(),
        };
    }

    private PublisherSettings Settings(ParseResult parsed, Func<string, string?> environment)
    {
        var servers = parsed.GetValue(_servers);
        return Defaults with
        {
            Name = "NatsPipe",
            Connection = Defaults.Connection with
            {
                Name = "NatsPipe",
                Servers = servers is null
                    ? Defaults.Connection.Servers
                    : servers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                Credentials = Credentials(parsed, environment),
            },
            Buffer = Defaults.Buffer with
            {
                MaxBytes = parsed.GetValue(_maxBytes) ?? Defaults.Buffer.MaxBytes,
                MaxMessages = parsed.GetValue(_maxMessages) ?? Defaults.Buffer.MaxMessages,
                Overflow = Chosen<OverflowPolicy>(parsed, _overflow),
            },
            Delivery = Defaults.Delivery with
            {
                Confirm = Chosen<ConfirmMode>(parsed, _confirm),
                ConfirmTimeout = parsed.GetValue(_confirmTimeout) ?? Defaults.Delivery.ConfirmTimeout,
            },
        };
    }

    private NatsCredentials Credentials(ParseResult parsed, Func<string, string?> environment)
    {
        var (user, password, token) = (parsed.GetValue(_user), parsed.GetValue(_passwordEnv), parsed.GetValue(_tokenEnv));
        if (token is not null && (user is not null || password is not null))
        {
            throw new UsageException("--token-env cannot be combined with --user and --password-env");
        }

        if (user is null != password is null)
        {
            throw new UsageException("--user and --password-env belong together");
        }

        string Secret(string option, string variable) => environment(variable) is { Length: > 0 } secret
            ? secret
            : throw new UsageException($"{option}: the environment variable {variable} is not set");

        return (user, token) switch
        {
            ({ Length: > 0 }, _) => NatsCredentials.UserPassword(user, Secret("--password-env", password!)),
            ("", _) => throw new UsageException("--user is empty"),
            (_, not null) => NatsCredentials.ForToken(Secret("--token-env", token)),
            _ => NatsCredentials.None,
        };
    }

    /// <summary>A bad subject would have every line rejected one by one; null when it is good.</summary>
    private static string? SubjectProblem(string subject) => subject switch
    {
        _ when subject.Split('.').Contains("") => "a token between dots is empty",
        _ when subject.Split('.').Any(token => token is "*" or ">") => "a wildcard cannot be published to",
        _ when subject.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter)) => "it holds white space or a control character",
        _ => null,
    };

    private static Option<string> Choice(string name, string help, string first, params string[] others)
    {
        var option = new Option<string>(name)
        {
            Description = help,
            DefaultValueFactory = _ => first,
            HelpName = string.Join('|', [first, .. others]),
        };
        return option.AcceptOnlyFromAmong([first, .. others]);
    }

    private static T Chosen<T>(ParseResult parsed, Option<string> option) where T : struct, Enum =>
        Enum.Parse<T>(parsed.GetRequiredValue(option).Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
}
