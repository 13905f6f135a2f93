using System.Text;
using System.Text.RegularExpressions;
using NatsActors.Settings;

namespace NatsActors.Tests.Settings;

/// <summary>
/// Writes <c>docs/configuration.md</c>. Keys, defaults and meanings come from the text of reference.conf; the allowed values come
/// from what the settings reader answers to wrong ones. Only the page's head, in <see cref="Head"/>, is written by hand.
/// </summary>
internal static partial class ConfigurationPage
{
    private const string Root = "nats-actors.";
    private const string Publisher = "publisher.";

    // Texts that each kind of key refuses: no value of the kind, and values beyond each end of the kind's range.
    private static readonly string[] Wrong = ["?", "-1", "2", "-1B", "-1s", "25d", "a b"];

    private static readonly string Head =
        """
        # Configuration

        A test writes this page from [reference.conf](../hocon/reference.conf) and from the settings reader, and fails when the page
        differs. To write the page again after a change:

        ```sh
        bash scripts/approve.sh
        ```

        ## Where settings come from

        - **HOCON**: the keys below `nats-actors.publisher`. A named publisher has its own section and inherits the rest.
        - **IConfiguration**: the same keys, in the same spelling or in C# case, below a section of your choice.
        - **Code**: the same names as properties of `PublisherSettings`.

        The same setting in each of the three:

        ```hocon
        nats-actors {
          publisher.buffer.max-bytes = 64MiB
          publishers.orders.buffer.max-bytes = 1GiB
        }
        ```

        ```json
        { "Nats": { "Orders": { "Buffer": { "MaxBytes": "1GiB" } } } }
        ```

        ```csharp
        using NatsActors;

        var settings = new PublisherSettings { Name = "orders", Buffer = new() { MaxBytes = 1L << 30 } };
        Console.WriteLine(settings.Validate());
        ```

        An environment variable is the key with `__` for each level: `Nats__Orders__Buffer__MaxBytes=1GiB`.

        - A duration has a unit: `250ms`, `5s`, `2m`, `1h`, `1d`. A size has a unit: `512B`, `64KiB`, `16MiB`, `1GiB`. A number without a
          unit is an error where a unit is needed.
        - A flag is `on` or `off`; `true`, `false`, `yes` and `no` do too.
        - An unknown key is an error, and the error names the nearest known key. One error lists every violation.
        - Rules between keys: a minimum is not above its maximum, `buffer.low-watermark` is below `buffer.high-watermark`,
          `connection.tls.certificate-file` and `connection.tls.key-file` come together, `connection.credentials-file` excludes user,
          password and token, and `jetstream.strict-order` and `durability.journal` need `delivery.resend = on`.
        - User, password and token have no HOCON key, because an actor system logs its configuration. They come from code
          (`NatsPublisherSetup`, `NatsPublisherOptions.Credentials`) or from `IConfiguration` (`Connection:User`, `Connection:Password`,
          `Connection:Token`). No log line, event or error of NatsActors shows them.

        `akka.actor.deployment` may give the publisher and its two actors a dispatcher. Another router, a mailbox or a remote node is
        refused when the publisher starts, because the limits of the buffer would no longer hold. (Akka.NET replaces the router of a
        publisher in a place of your own in the tree without asking. Such a publisher is closed from the start: the log names the key,
        and every message is answered.)

        ## All keys
        """;

    /// <summary>The whole page.</summary>
    /// <param name="reference">The text of reference.conf.</param>
    public static string Write(string reference)
    {
        var groups = ReferenceText.Read(reference).Where(group => group.Keys[0].Path.StartsWith(Root, StringComparison.Ordinal)).ToList();
        var keys = groups.SelectMany(group => group.Keys).ToList();
        var page = new StringBuilder(Head).Append("\n\n| key | default | values |\n|---|---|---|\n");
        foreach (var key in keys)
        {
            page.Append($"| `{Short(key.Path)}` | {Shown(key.Default)} | {Values(key)} |\n");
        }

        page.Append("\nThe keys `akka.*` are below `nats-actors`; all others are below `nats-actors.publisher`.\n\n## Meanings\n");
        foreach (var group in groups)
        {
            page.Append($"\n### {string.Join(", ", group.Keys.Select(key => $"`{Short(key.Path)}`"))}\n\n{Prose(group)}\n");
        }

        return page.Append("\nThe rest of reference.conf registers the serializer of the contract; see [Remote senders](remote.md).\n").ToString();
    }

    private static string Short(string path) =>
        path[Root.Length..] is var below && below.StartsWith(Publisher, StringComparison.Ordinal) ? below[Publisher.Length..] : below;

    private static string Shown(string text) => text is "" or "\"\"" ? "empty" : $"`{text.Trim('"')}`";

    private static string Values(ReferenceKey key)
    {
        var path = Short(key.Path);
        if (SettingsKeys.All.FirstOrDefault(each => each.Path == path) is not { } known)
        {
            return path switch
            {
                "akka.dispatcher" => "a dispatcher of the system's configuration",
                "akka.drain-phase" => "a phase of CoordinatedShutdown",
                "publishers" => "a section for each name",
                _ => throw new InvalidOperationException($"{key.Path} has no row in SettingsKeys."),
            };
        }

        if (known.IsList)
        {
            return path == "connection.servers" ? "one or more URLs" : "a list";
        }

        // The reader's own words, without "must be" and with the rule about the range behind the kind.
        var answers = Wrong.Select(text => Refusal(known, text)).OfType<string>()
            .Select(text => Number().Replace(Must().Replace(text, ""), "a whole number")).Distinct().ToList();
        return answers.Count == 0 ? "text" : string.Join("; ", answers).Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static string? Refusal(SettingKey key, string text)
    {
        var settings = new PublisherSettings();
        return !key.TryApply([text], ref settings, out var allowed)
            // A text of another kind says what the kind is; it is asked for once, by "?".
            ? text == "?" ? allowed : null
            : key.Check(settings).Select(violation => violation.Allowed).FirstOrDefault();
    }

    private static string Prose(ReferenceGroup group)
    {
        var text = new StringBuilder();
        foreach (var line in group.Comment)
        {
            var choice = Choice().Match(line);
            text.Append(choice.Success ? $"{(text.Length > 0 ? "\n" : "")}- `{choice.Groups["name"].Value}`: {Escaped(choice.Groups["rest"].Value)}"
                : text.Length == 0 ? Escaped(line) : $"\n{(text.ToString().Contains("\n- ", StringComparison.Ordinal) || text[0] == '-' ? "  " : "")}{Escaped(line)}");
        }

        return text.ToString();
    }

    private static string Escaped(string text) => text.Replace("<", "\\<", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);

    // The page's head says how units are written.
    [GeneratedRegex(@"^(.*; )?must be (one of )?| with a unit \([^)]*\), such as \w+")]
    private static partial Regex Must();

    [GeneratedRegex(@"^a whole number, at most \d+$")]
    private static partial Regex Number();

    [GeneratedRegex(@"^(?<name>on|off|retry|stop|require|handshake-first|reject|wait|drop-oldest|fence|jetstream|none|skip): (?<rest>.+)$")]
    private static partial Regex Choice();
}
